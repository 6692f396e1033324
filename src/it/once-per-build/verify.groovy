import io.github.pgkill.testing.Story

def story = Story.of(context)
def victims = context.get('victims')
assert victims.every { !it.alive() }
assert context.get('test').get().alive() : story.log()

def did = story.reports('target/pgkill').find { it.goal == 'terminate' }
assert did.results.findAll { it.outcome.word == 'gone' }.collect { it.session.pid as int } as Set == victims*.pid() as Set
['one', 'two', 'three'].each { module ->
  def shared = story.reports("${module}/target/pgkill").find { it.goal == 'terminate' }
  assert shared.verdict.status == 'success'
  assert shared.verdict.summary == "done once for this build, by module once-per-build: ${did.verdict.summary}"
  assert shared.results.isEmpty() && shared.statements.isEmpty()
}

// a step speaks, once, while it runs
assert story.log().readLines().count { it ==~ /.*afterTerminate\[1\]: .*Runtime Environment.*/ } == 1 : story.log()

story.close()
