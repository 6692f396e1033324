import io.github.pgkill.testing.Story

def story = Story.of(context)
def database = story.database()

assert story.log().contains('Reactor Summary')
assert story.log().count("database ${database} is closed by this build already") == 4
assert story.log().count("database ${database} is open again") == 1
assert story.door() == context.get('before')

story.close()
