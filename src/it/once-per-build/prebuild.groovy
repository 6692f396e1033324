import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
context.put('victims', story.clients().idle(3))

// a sibling's test opens its session as soon as the first module has cleared the database
def test = new java.util.concurrent.FutureTask({
  def reports = story.file('target/pgkill').toFile()
  def deadline = System.nanoTime() + 120_000_000_000L
  while (!reports.list()?.any { it.startsWith('terminate') && it.endsWith('.html') }) {
    assert System.nanoTime() < deadline : 'the first module wrote no report'
    Thread.sleep(20)
  }
  return story.clients().as('postgres', 'test of a sibling').idle()
} as java.util.concurrent.Callable)
new Thread(test, 'test of a sibling').with { daemon = true; start() }
context.put('test', test)

return true
