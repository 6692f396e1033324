import io.github.pgkill.testing.Story

def story = Story.of(context)
def log = story.log()
assert log.contains('canceling statement due to lock timeout')
assert log.indexOf('canceling statement due to lock timeout') < log.indexOf('terminated 2 of 2 sessions')

assert context.get('victims').every { !it.alive() }
assert story.sessions().isEmpty()
// fails unless dropAll dropped it
story.execute('create table wanted()')

story.close()
