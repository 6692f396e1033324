import io.github.pgkill.testing.Snippet
import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def readme = Story.page('README.md')
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
assert readme.commands('## Install', 1) == [told['invoker.goals.1']]
def typed = readme.commands('## Install', 2)
def version = (typed[0] =~ /pgkill-maven-plugin:([^:]+):/)[0][1]
assert typed.collect { Snippet.goals(it).replace(version, '${project.version}') } == [told['invoker.goals.2'], told['invoker.goals.3']]
context.put('version', version)
assert Snippet.properties(typed[0]) == ['pgkill.url=postgresql://localhost/app', 'pgkill.user=app']
assert Snippet.properties(typed[1]) == ['pgkill.url=jdbc:postgresql://localhost:5432/app', 'pgkill.user=app']

// a repository of its own: what the other stories use must not change under them
story.tell('maven.repo.local', new File(basedir, 'repository').toString())
story.copyCheckout()

def app = story.server().createRole('login')
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.user', app)
context.put('client', story.clients().as(app, 'stuck').idle())

return true
