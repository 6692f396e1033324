import io.github.pgkill.testing.Story

def story = Story.of(context)
def tcp = context.get('tcp')
def local = context.get('local')
def server = story.server()
def name = "${server.socketDirectory()}:${server.port()}".toString()

def listed = story.reports('.pgkill/reports')[0]
assert listed.goal == 'list-sessions'
assert listed.connection.server == name
assert listed.listed.collectEntries { [it.pid as int, it.client == 'local'] } == [(tcp.pid()): false, (local.pid()): true]

def ended = story.reports('.pgkill/reports')[1]
assert ended.goal == 'terminate'
assert ended.results.collect { it.session.pid as int } as Set == [tcp.pid(), local.pid()] as Set
assert ended.results.every { it.outcome.word == 'gone' }
assert story.said(" at ${name}, database ${story.database()}", 'terminated 2 of 2 sessions')
assert !tcp.alive()
assert story.sessions().isEmpty()

local.close()
story.close()
