import io.github.pgkill.testing.Snippet
import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def ci = Story.page('ci.md')
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
def gitlab = ci.commands('## GitLab CI', 1)[0]
def github = ci.commands('## GitHub Actions', 1)[0]
assert ci.block('## GitHub Actions', 1).contains('DB_PASSWORD: secret')
assert [Snippet.goals(gitlab), Snippet.goals(github)].every { it == told['invoker.goals'] }
// the POM's own address is right where the port is published
assert Snippet.properties(gitlab) - Snippet.properties(github) == ['db.url=jdbc:postgresql://postgres:5432/app', 'pgkill.allowedHosts=postgres']
assert Snippet.properties(github) - Snippet.properties(gitlab) == []

def user = story.createRoleWithPassword('secret', [])
story.execute("alter database ${story.database()} owner to ${user}; grant all on schema public to ${user}")
story.paste(Story.page('migrations.md').block('## Before Flyway', 1), 'nobody')
Snippet.properties(gitlab).each {
  def (name, value) = it.split('=', 2)
  story.tell(name, value.replace('postgres:5432/app', "127.0.0.1:${story.server().port()}/${story.database()}"))
}
story.tell('db.user', user)

return true
