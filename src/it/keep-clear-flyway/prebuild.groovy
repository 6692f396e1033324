import io.github.pgkill.testing.Pool
import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def migrator = story.server().createRole('login')
story.tell('it.migrator', migrator)
story.execute("alter database ${story.database()} owner to ${migrator}; grant all on schema public to ${migrator}")
story.execute("create table wanted(old int); alter table wanted owner to ${migrator}")
context.put('migrator', migrator)
context.put('before', story.door())
context.put('pool', Pool.start(story.server(), story.database(), migrator, 'wanted', 6))

return true
