def log = new File(basedir, 'build.log').text
def refusal = 'host "postgres" is not loopback. If it is this build\'s own server, add -Dpgkill.allowedHosts=postgres'
assert log.count('BUILD FAILURE') == 2
assert log.readLines().count { it.startsWith('[ERROR]') && it.contains(refusal) } == 2
assert !log.contains('\tat ')

def listener = context.get('listener')
listener.soTimeout = 200
try {
  listener.accept()
  assert false : 'the allowed one of the hosts was contacted all the same'
} catch (SocketTimeoutException nobodyCame) {
  listener.close()
}
