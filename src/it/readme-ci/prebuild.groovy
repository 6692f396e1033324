import io.github.pgkill.testing.Readme
import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def readme = Story.readme()
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
def gitlab = readme.commands('### GitLab CI', 1)[0]
def github = readme.commands('### GitHub Actions', 1)[0]
assert readme.block('### GitHub Actions', 1).contains('DB_PASSWORD: secret')
assert [Readme.goals(gitlab), Readme.goals(github)].every { it == told['invoker.goals'] }
// the POM's own address is right where the port is published
assert Readme.properties(gitlab) - Readme.properties(github) == ['db.url=jdbc:postgresql://postgres:5432/app', 'pgkill.allowedHosts=postgres']
assert Readme.properties(github) - Readme.properties(gitlab) == []

def user = story.createRoleWithPassword('secret', [])
story.execute("alter database ${story.database()} owner to ${user}; grant all on schema public to ${user}")
story.paste(readme.block('### Before Flyway', 1), 'nobody')
Readme.properties(gitlab).each {
  def (name, value) = it.split('=', 2)
  story.tell(name, value.replace('postgres:5432/app', "127.0.0.1:${story.server().port()}/${story.database()}"))
}
story.tell('db.user', user)

return true
