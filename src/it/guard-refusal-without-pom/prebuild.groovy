def listener = new ServerSocket(0, 5, InetAddress.getByName('127.0.0.1'))
context.put('listener', listener)
context.get('userProperties').setProperty('it.listener',
    "jdbc:postgresql://127.0.0.1:${listener.localPort},postgres:5432/app".toString())

return true
