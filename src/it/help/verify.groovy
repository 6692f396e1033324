def log = new File(basedir, 'build.log').text

assert log.contains('This plugin has')
assert log.contains('pgkill:help')
// Which Maven runs a story is easily got wrong in silence.
assert expectedMaven == 'any' || log.contains("Apache Maven ${expectedMaven}")
// words and their commas stand together
assert !(log =~ /[a-z] [,;.)](\s|$)/)
assert log.contains('flyway:clean, liquibase:dropAll')
assert log.contains('(Default: false)') && log.contains('User property: pgkill.oncePerBuild')
