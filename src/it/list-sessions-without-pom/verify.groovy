import io.github.pgkill.testing.Story

def story = Story.of(context)
def (holder, middle, last, idle) = context.get('clients')
assert [holder, middle, last, idle].every { it.alive() }

def lines = story.log().readLines().collect { it - '[INFO] ' }
assert lines.any { it =~ /^\s*pid\b/ }
[holder, middle, last, idle].each { client ->
  assert lines.any { it =~ /^\s*${client.pid()}\b/ }
}
def tree = lines.indexOf('who blocks whom:')
assert tree > 0
assert lines[tree + 1] == '2 sessions wait for a lock, each below the one that blocks it:'
assert lines[tree + 2].startsWith("  pid ${holder.pid()} of postgres/forgotten, blocks 2, idle in transaction")
assert lines[tree + 3].startsWith("    pid ${middle.pid()} of postgres/middle, blocks 1, active")
assert lines[tree + 4].startsWith("      pid ${last.pid()} of postgres/last, active")
// whatever was cut was said
def table = lines.findIndexOf { it =~ /^\s*pid\b/ }
assert lines[table..tree + 4].every { it.length() <= 110 }

def report = story.reports('.pgkill/reports')[0]
assert report.goal == 'list-sessions'
def blockers = report.listed.collectEntries { [it.pid as int, it.blockedBy.collect { p -> p as int }] }
assert blockers == [(holder.pid()): [], (middle.pid()): [holder.pid()], (last.pid()): [middle.pid()], (idle.pid()): []]

// the second Maven watched, the newest session first, into a file beside the story; how many looks
// that made depends on the machine
def csv = new File(basedir, 'sessions.csv').text.split('\r\n')
assert csv[0].startsWith('pid,backendStart,database,user,')
assert csv[1..4].collect { it.split(',')[0] as int } == [idle, last, middle, holder]*.pid()
assert story.said('look 1 at ', ': 4 sessions', '4 sessions written to ', 'sessions.csv')
assert story.reports('.pgkill/reports')[1].request.sort == '-age'

// the third expected none of the pool
assert story.errors().any { it.contains("where none is expected (failIfAny): pid ${idle.pid()} of postgres") }
assert story.reports('.pgkill/reports')[2].verdict.status == 'failure'

story.close()
