import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
context.put('before', story.door())

return true
