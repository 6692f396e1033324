import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def spared = story.server().createRole('login')
story.tell('it.spared', spared)
context.put('victim', story.clients().idle())
context.put('spared', story.clients().as(spared, 'spared').idle())

return true
