def lines = new File(basedir, 'build.log').readLines()
def told = lines.findAll { it.startsWith('[ERROR]') && it.contains("connection to ${context.get('server')} refused") }
assert told.size() == 1
assert told[0].contains('Is the server running there')
assert told[0].contains('-Dpgkill.waitForServer=30s')
assert lines.every { !it.startsWith('\tat ') && !it.startsWith('[ERROR] \tat ') && !it.contains('Caused by') }
