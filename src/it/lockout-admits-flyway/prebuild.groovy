import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def migrator = story.server().createRole('login')
def visitor = story.server().createRole('login')
story.tell('it.migrator', migrator)
story.execute("grant create on schema public to \"${migrator}\"")
context.put('before', story.door())
context.put('storm', story.clients().as(visitor, 'storm').storm(10))

return true
