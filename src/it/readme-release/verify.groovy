import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said(
    'terminated 2 of 2 sessions', 'BUILD SUCCESS',
    '-Dpgkill.excludeApplicationNames was typed beside a goal of the release plugin', 'BUILD FAILURE')
assert context.get('victims').every { !it.alive() }
assert context.get('spared').alive()
def tags = ['git', 'tag'].execute(null as List, new File(basedir, 'origin.git'))
assert tags.text.trim() == 'readme-release-1'

story.close()
