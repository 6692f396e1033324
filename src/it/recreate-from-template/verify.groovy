import io.github.pgkill.testing.Eventually
import io.github.pgkill.testing.Story

def story = Story.of(context)
def server = story.server()
def database = story.database()
def gold = database + '_gold'

assert context.get('victims').every { !it.alive() }
[database, database + '_new'].each {
    assert server.queryIn(it, 'select weight::text from nugget') == ['42']
}
assert server.query("select shobj_description(oid, 'pg_database') from pg_database where datname = ?", database) == ["the shop's"]
assert server.query(
    'select datacl::text || datallowconn || datconnlimit || shobj_description(oid, ?) from pg_database where datname = ?',
    'pg_database', gold) == context.get('door')
assert server.query("select datname from pg_database where datname like 'pgkill_%'").isEmpty()
Eventually.within(20) { server.query('select 1 from pg_stat_activity where datname = ?', gold).size() == 3 }

def reports = story.reports('target/pgkill')
assert reports.collect { it.verdict.status } == ['dryRun', 'success', 'failure', 'success', 'failure']
assert story.said(
    "dry run: would recreate database ${database} as a copy of ${gold}",
    "database ${database} is recreated, a copy of ${gold}",
    'failIfDatabaseMissing=false creates it',
    "database ${database}_new was missing and is created",
    'parameter fromTemplate: fromBackup is set, too')

story.close()
server.execute("drop database ${database}_new")
