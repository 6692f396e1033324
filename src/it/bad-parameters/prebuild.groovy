import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
context.put('victims', [story.clients().idle(), story.clients().idleInTransaction()])

return true
