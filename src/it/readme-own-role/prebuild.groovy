import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def page = Story.page('migrations.md')
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
assert page.commands('## Before Flyway', 3) == [told['invoker.goals']]

def migrator = story.server().createRole('login in role pg_signal_backend, pg_read_all_stats')
def app = story.server().createRole('login')
story.execute("alter database ${story.database()} owner to ${migrator}; grant all on schema public to ${migrator}")
story.paste(page.block('## Before Flyway', 1), migrator)
context.put('before', story.door())
context.put('storm', story.clients().as(app, 'storm').storm(10))

return true
