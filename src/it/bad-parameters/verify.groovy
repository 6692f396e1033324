import io.github.pgkill.testing.Story

def story = Story.of(context)
assert context.get('victims').every { it.alive() }

def log = story.log()
assert log.count('BUILD FAILURE') == 7
assert !log.contains('BUILD SUCCESS')
def errors = log.readLines().findAll { it.startsWith('[ERROR] Failed to execute goal') }
assert errors.size() == 7
[
    ['pgkill.excludeUser', 'Did you mean pgkill.excludeSessionUsers?'],
    ['-Dpgkill.excludeSessionUsers', 'is set but empty'],
    ['<excludeUsers>', 'Did you mean excludeSessionUsers?'],
    ['<excludeSessionUsers>', 'is set but empty', '${env.PGKILL_STORY_UNDEFINED}'],
    ['yes', 'neither true nor false'],
    ['<sesionUsers>', 'Did you mean sessionUsers?'],
    ['timeout', 'is not a duration']
].eachWithIndex { words, i -> words.each { assert errors[i].contains(it) } }

story.close()
