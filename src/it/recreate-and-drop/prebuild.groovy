import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.execute('create table old()')
story.execute("comment on database ${story.database()} is 'the shop''s'")
context.put('victims', [story.clients().idle(), story.clients().holdingLock('old')])

return true
