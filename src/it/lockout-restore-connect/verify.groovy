import io.github.pgkill.testing.Story

def story = Story.of(context)
def database = story.database()

assert story.said(
    'opens again at once', 'reopen=never', "database ${database} is open again",
    "database ${database} is closed to new connections",
    "database ${database} is closed already; it stays as it is",
    "would open database ${database}",
    "database ${database} is open again",
    "database ${database} is not closed by pgkill")
assert story.door() == context.get('before')

story.close()
