import io.github.pgkill.testing.Story

def story = Story.of(context)
assert context.get('victims').every { it.alive() }

def errors = story.errors().findAll { it.contains('Failed to execute goal') }
assert errors.size() == 6
[
    ['pgkill.excludeUser', 'Did you mean pgkill.excludeSessionUsers?'],
    ['-Dpgkill.excludeSessionUsers', 'is set but empty'],
    ['<excludeUsers>', 'Did you mean excludeSessionUsers?'],
    ['<excludeSessionUsers>', 'is set but empty', '${env.PGKILL_STORY_UNDEFINED}'],
    ['yes', 'neither true nor false'],
    ['<sesionUsers>', 'Did you mean sessionUsers?']
].eachWithIndex { words, i -> words.each { assert errors[i].contains(it) } }

story.close()
