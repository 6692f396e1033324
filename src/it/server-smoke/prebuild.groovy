import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.execute('create table wanted()')
story.clients().idle()
story.clients().holdingLock('wanted')
story.clients().waitingForLock('wanted')

return true
