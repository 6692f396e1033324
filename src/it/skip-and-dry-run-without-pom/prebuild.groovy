import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.user', 'postgres')
context.put('victims', [story.clients().idle(), story.clients().idleInTransaction()])

return true
