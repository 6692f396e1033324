import io.github.pgkill.testing.Pool
import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def page = Story.page('migrations.md')
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
assert page.commands('## Before Flyway', 2) == [told['invoker.goals.1'], told['invoker.goals.2']]

def app = story.server().createRole('login')
story.execute("alter database ${story.database()} owner to ${app}; grant all on schema public to ${app}")
story.execute("create table wanted(old int); alter table wanted owner to ${app}")
story.paste(page.block('## Before Flyway', 1), app)
context.put('before', story.door())
context.put('pool', Pool.start(story.server(), story.database(), app, 'wanted', 6))

return true
