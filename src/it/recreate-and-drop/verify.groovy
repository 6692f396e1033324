import io.github.pgkill.testing.Story

def story = Story.of(context)
def database = story.database()

assert context.get('victims').every { !it.alive() }
assert story.server().query('select datname from pg_database where datname = ?', database).isEmpty()
assert story.server().query("select datname from pg_database where datname like 'pgkill_%'").isEmpty()

def statuses = story.reports('target/pgkill').collect { it.verdict.status }
assert statuses == ['success', 'dryRun', 'success', 'failure', 'success']

story.close()
