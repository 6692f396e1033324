import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.execute('create table wanted(old int)')
story.execute('insert into wanted values (1)')
context.put('victims', [story.clients().idle(), story.clients().holdingLock('wanted'), story.clients().waitingForLock('wanted')])

return true
