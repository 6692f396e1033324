import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said('canceling statement due to lock timeout', 'BUILD FAILURE', 'terminated 2 of 2 sessions', 'BUILD SUCCESS')

assert context.get('victims').every { !it.alive() }
assert story.sessions().isEmpty()
// fails unless dropAll dropped it
story.execute('create table wanted()')

story.close()
