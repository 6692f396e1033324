import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said('BUILD SUCCESS', 'stuck', 'BUILD SUCCESS', 'terminated 1 of 1 session', 'BUILD SUCCESS')
assert !context.get('client').alive()
assert new File(basedir, "repository/io/github/pgkill/pgkill-maven-plugin/${context.get('version')}").isDirectory()

story.close()
