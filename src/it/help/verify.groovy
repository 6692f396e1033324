def log = new File(basedir, 'build.log').text

assert log.contains('This plugin has')
assert log.contains('pgkill:help')
// Which Maven runs a story is easily got wrong in silence.
assert expectedMaven == 'any' || log.contains("Apache Maven ${expectedMaven}")
