import io.github.pgkill.testing.Story

def story = Story.of(context)
def database = story.database()

assert story.said("database ${database} is closed to new connections (revoke)", 'Successfully applied 1 migration', "database ${database} is open again", 'BUILD SUCCESS')
assert story.door() == context.get('before')

story.close()
