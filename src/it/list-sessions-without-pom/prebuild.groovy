import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.user', 'postgres')
story.execute('create table wanted()')
story.execute('create table other()')
def holder = story.clients().as('postgres', 'forgotten').holdingLock('wanted')
// holds one table while it waits for the other
def middle = story.clients().as('postgres', 'middle').holdingLock('other')
Thread.startDaemon {
  try {
    middle.connection().createStatement().execute('lock table wanted')
  } catch (java.sql.SQLException theStoryIsOver) {
  }
}
def last = story.clients().as('postgres', 'last').waitingForLock('other')
def idle = story.clients().as('postgres', 'pool').idle()
def deadline = System.currentTimeMillis() + 10000
while (story.server().query('select 1 where cardinality(pg_blocking_pids(?)) > 0', middle.pid()).isEmpty()) {
  assert System.currentTimeMillis() < deadline
  sleep(20)
}
context.put('clients', [holder, middle, last, idle])

return true
