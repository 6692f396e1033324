import io.github.pgkill.testing.Story

def story = Story.of(context)
def (holder, idle) = context.get('clients')
assert [holder, idle].every { it.alive() }

def lines = story.log().readLines().collect { it - '[INFO] ' }
def start = lines.indexOf('in the way:')
assert lines[start + 1].startsWith("  session pid ${holder.pid()} of postgres/forgotten from 127.0.0.1:")
assert lines.indexOf('not in the way, but there:') > start
assert story.said('BUILD FAILURE', "blocked: 1 thing stops cleaning database ${story.database()} (1 session)")

def report = story.reports('.pgkill/reports')[0]
assert report.goal == 'diagnose'
assert report.verdict.status == 'failure'
assert report.blockers.collectEntries { [it.pid as int, it.stops] } == [(holder.pid()): true, (idle.pid()): false]
assert report.blockers[0].what.endsWith('locks public.orders (AccessExclusiveLock)')

// what it printed is what clears the way
assert report.statements.size() == 1
story.server().execute(report.statements[0].text)
long deadline = System.currentTimeMillis() + 10000
while (holder.alive()) {
  assert System.currentTimeMillis() < deadline
  sleep(20)
}
assert idle.alive()

story.close()
