import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.execute('create table wanted()')
context.put('victims', [story.clients().idle(), story.clients().holdingLock('wanted')])

return true
