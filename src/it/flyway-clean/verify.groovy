import io.github.pgkill.testing.Story

def story = Story.of(context)
def log = story.log()
assert log.contains('pgkill:terminate is skipped')
assert log.contains('55P03')
assert log.indexOf('55P03') < log.indexOf('terminated 3 of 3 sessions')
assert log.indexOf('terminated 3 of 3 sessions') < log.indexOf('Successfully cleaned schema')
assert log.contains('Successfully applied 1 migration')

assert context.get('victims').every { !it.alive() }
assert story.sessions().isEmpty()
story.execute('insert into wanted(fresh) values (1)')

story.close()
