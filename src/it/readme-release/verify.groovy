import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said(
    '-Dpgkill.excludeApplicationNames was typed beside a goal of the release plugin', 'BUILD FAILURE',
    'terminated 2 of 2 sessions', 'BUILD SUCCESS')
assert context.get('victims').every { !it.alive() }
assert context.get('spared').alive()
def tags = ['git', 'tag'].execute(null as List, new File(basedir, 'target/origin.git'))
assert tags.text.trim() == 'readme-release-1'

story.close()
