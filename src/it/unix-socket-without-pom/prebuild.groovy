import io.github.pgkill.testing.RawClient
import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def server = story.server()
story.tell('pgkill.url', "postgresql://${server.socketDirectory().toString().replace('/', '%2F')}:${server.port()}/${story.database()}".toString())
story.tell('pgkill.user', 'postgres')
def tcp = story.clients().idle()
def local = RawClient.unixSocket(server).startUp([user: 'postgres', database: story.database()]).awaitReady()
context.put('tcp', tcp)
context.put('local', local)

return true
