import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said('pgkill:terminate is skipped', 'BUILD FAILURE', '55P03')
assert story.said('55P03', 'terminated 3 of 3 sessions', 'Successfully cleaned schema', 'Successfully applied 1 migration', 'BUILD SUCCESS')

assert context.get('victims').every { !it.alive() }
assert story.sessions().isEmpty()
story.execute('insert into wanted(fresh) values (1)')

story.close()
