import io.github.pgkill.testing.Story

def story = Story.of(context)
def victims = context.get('victims')
assert victims.values().flatten().findAll { it.alive() }*.pid() == [] : story.log()
assert story.sessions().isEmpty()

['one', 'two'].each { module ->
  def reports = story.reports("${module}/target/pgkill")
  assert reports*.goal == ['terminate', 'terminate-sessions']
  assert reports.every { it.verdict.status == 'success' }
  assert reports.collectMany { it.results }.findAll { it.outcome.word == 'gone' }.collect { it.session.pid as int } as Set == victims[module]*.pid() as Set
}
// they were in the common database, where they could see each other, at the same time
def common = ['one', 'two'].collect { story.reports("${it}/target/pgkill")[1] }
assert common.every { it.server.connectedTo == story.database() }
def began = common.collect { java.time.Instant.parse(it.startedAt) }
assert java.time.Duration.between(began[0], began[1]).abs().toMillis() < 3000

story.close()
