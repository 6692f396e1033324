import io.github.pgkill.testing.Story

def story = Story.of(context)
assert context.get('victims').every { it.alive() }

def errors = story.errors().findAll { it.contains('Failed to execute goal') }
assert errors.size() == 5
[
    ['on project bad-parameters', 'pgkill.excludeUser', 'Did you mean pgkill.excludeSessionUsers?'],
    ['on project bad-parameters', 'pgkill.excludeSessionUsers is set but empty'],
    ['on project not-a-boolean', '<dryRun>', "'yes', neither true nor false"],
    ['on project undefined-variable', '<excludeSessionUsers> has a variable without a value', '${env.PGKILL_STORY_UNDEFINED}'],
    ['on project unknown-element', '<excludeUsers>', 'Did you mean excludeSessionUsers?']
].each { words ->
  assert errors.any { error -> words.every { error.contains(it) } }
}

story.close()
