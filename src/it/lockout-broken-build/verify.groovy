import io.github.pgkill.testing.Story

def story = Story.of(context)
def database = story.database()
def closed = "database ${database} is closed to new connections"
def open = "database ${database} is open again"

assert story.said(
    closed, open, 'BUILD SUCCESS',
    closed, open,
    closed, open,
    closed, open,
    closed,
    ', which shows no sign of life: opened it', closed, open)
assert story.log().count('BUILD FAILURE') == 1
assert story.door() == context.get('before')

story.close()
