import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said('terminated 2 of 2 sessions', 'BUILD SUCCESS')
assert context.get('victims').every { !it.alive() }
assert context.get('spared').alive()

story.close()
