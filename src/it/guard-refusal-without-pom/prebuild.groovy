// one of two hosts is this socket, which would notice, the other is not this machine
def listener = new ServerSocket(0, 5, InetAddress.getByName('127.0.0.1'))
context.put('listener', listener)
context.get('userProperties').setProperty('pgkill.url',
    "jdbc:postgresql://127.0.0.1:${listener.localPort},postgres:5432/app".toString())

return true
