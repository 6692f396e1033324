import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said('BUILD SUCCESS', 'stuck', 'BUILD SUCCESS', 'terminated 1 of 1 session', 'BUILD SUCCESS')
assert !context.get('client').alive()
def jar = "pgkill-maven-plugin-${context.get('version')}.jar"
def installed = new File(basedir, "repository/io/github/pgkill/pgkill-maven-plugin/${context.get('version')}/$jar")
// built twice in two places, and byte for byte the same
assert Arrays.equals(installed.bytes, new File(basedir, "../../$jar").bytes) : 'this checkout has built another jar: clean it'

story.close()
