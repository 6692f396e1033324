import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.user', 'postgres')
story.tell('pgkill.failOnBlockers', 'true')
story.execute('create table orders (id int)')
def holder = story.clients().as('postgres', 'forgotten').holdingLock('orders')
def idle = story.clients().as('postgres', 'pool').idle()
context.put('clients', [holder, idle])

return true
