import io.github.pgkill.testing.Story

def story = Story.of(context)
def database = story.database()

assert story.said("database ${database} is closed to new connections (revoke)", 'Successfully applied 1 migration', 'BUILD SUCCESS', "database ${database} is open again")
// insufficient privilege: no CONNECT
assert context.get('storm').lastRefusal().get().getSQLState() == '42501'
assert story.door() == context.get('before')

story.close()
