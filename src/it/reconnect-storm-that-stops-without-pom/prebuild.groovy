import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.user', 'postgres')
def storm = story.clients().storm(4)
context.put('storm', storm)
// each of them comes back at least three times on average
Thread.startDaemon {
  def deadline = System.currentTimeMillis() + 60000
  while (storm.connections() < 16 && System.currentTimeMillis() < deadline) {
    sleep(20)
  }
  story.clients().close()
}

return true
