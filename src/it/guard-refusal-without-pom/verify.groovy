def lines = new File(basedir, 'build.log').readLines()
def refusal = 'host "postgres" is not loopback. If it is this build\'s own server, add -Dpgkill.allowedHosts=postgres'
assert lines.count { it.startsWith('[ERROR]') && it.contains(refusal) } == 1
assert lines.every { !it.contains('\tat ') }

def listener = context.get('listener')
listener.soTimeout = 200
try {
  listener.accept()
  assert false : 'the allowed one of the hosts was contacted all the same'
} catch (SocketTimeoutException nobodyCame) {
  listener.close()
}
