import io.github.pgkill.testing.Story

def story = Story.of(context)
def victims = context.get('victims')
assert victims.every { !it.alive() }
assert story.sessions().isEmpty()

def reports = story.reports('.pgkill/reports')
assert reports.size() == 1
assert reports[0].goal == 'terminate'
assert reports[0].verdict.status == 'success'
assert reports[0].results.collect { it.session.pid as int } as Set == victims*.pid() as Set
assert reports[0].results.every { it.outcome.word == 'gone' }
assert story.said('terminated 3 of 3 sessions')
assert !story.file('target').toFile().exists()
// Which Maven runs a story is easily got wrong in silence.
assert expectedMaven == 'any' || story.said("Apache Maven ${expectedMaven}")

story.close()
