import io.github.pgkill.testing.Story

def story = Story.of(context)
def victims = context.get('victims')
assert victims.every { it.alive() }

assert story.said('pgkill:terminate is skipped')
assert story.said("dry run: would terminate 2 sessions of database ${story.database()}; nothing was changed")
assert story.said('ALLOW_CONNECTIONS false', 'pg_terminate_backend')

def reports = story.reports('.pgkill/reports')
assert reports.size() == 1
assert reports[0].verdict.status == 'dryRun'
assert reports[0].listed*.pid.collect { it as int } as Set == victims*.pid() as Set
// closing and its undo first, then one statement for each victim
assert reports[0].statements.every { !it.executed }
def statements = reports[0].statements*.text
assert statements.size() == 3
assert statements[0].contains('ALLOW_CONNECTIONS false;  -- undo: ALTER DATABASE')
assert statements[1..2].every { it.startsWith('SELECT pg_terminate_backend') }

story.close()
