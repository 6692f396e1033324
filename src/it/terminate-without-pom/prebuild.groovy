import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.user', 'postgres')
story.execute('create table wanted()')
context.put('victims', [story.clients().idle(), story.clients().holdingLock('wanted'), story.clients().active()])

return true
