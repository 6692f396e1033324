import io.github.pgkill.testing.Story

def story = Story.of(context)
def watched = 'keepClear: until the build ends'
def ended = 'that blocked this build '

assert story.said(
    'BUILD FAILURE', '55P03',
    watched, 'Successfully cleaned schema', 'Successfully applied 2 migrations', ended, 'BUILD SUCCESS',
    watched, ended, 'BUILD FAILURE',
    watched, ended)

// its victims are in a report of its own: the pool's sessions, and none of Flyway's
def reports = story.reports('target/pgkill').findAll { it.goal == 'keep-clear' }
assert reports.size() == 3
assert reports[0].counts.gone > 0
assert reports.every { it.verdict.status == 'success' }
assert reports.collectMany { it.results }.every {
    it.session.applicationName == 'pool' && it.session.user == context.get('migrator')
}

// the pool is back and at work, nobody watches any more, and nothing was taken from anybody
assert context.get('pool').lost() > 0
assert story.server().query("select 1 from pg_stat_activity where application_name = 'pgkill' and usename = ?", context.get('migrator')).isEmpty()
assert story.door() == context.get('before')
context.get('pool').close()
story.execute('insert into wanted(fresh, fresher) values (1, 2)')

story.close()
