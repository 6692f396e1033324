// a port that was free a moment ago
def socket = new ServerSocket(0, 1, InetAddress.getByName('127.0.0.1'))
def port = socket.localPort
socket.close()
context.get('userProperties').setProperty('pgkill.url', "jdbc:postgresql://127.0.0.1:${port}/app".toString())
context.put('server', "127.0.0.1:${port}".toString())

return true
