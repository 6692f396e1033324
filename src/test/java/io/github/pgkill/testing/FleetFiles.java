package io.github.pgkill.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where the programs of a {@link Fleet} listen, and what they read.
 *
 * @param directory of all that they write
 * @param ports free ones, in the order of the methods below
 */
record FleetFiles(Path directory, List<Integer> ports) {

  static final int NODES = 3;

  /** What Patroni's REST asks for before it changes something. */
  static final String REST_USER = "patroni";

  static final String REST_PASSWORD = "rest-secret";

  private static final int OTHERS = 3;

  private static final String PATRONI =
      """
      scope: fleet
      name: n%1$d
      restapi:
        listen: 127.0.0.1:%2$d
        connect_address: 127.0.0.1:%2$d
        authentication: { username: %6$s, password: %7$s }
      etcd3: { hosts: '127.0.0.1:%4$d' }
      bootstrap:
        dcs:
          ttl: 20
          loop_wait: 1
          retry_timeout: 3
          maximum_lag_on_failover: 1048576
          postgresql:
            use_pg_rewind: true
            use_slots: true
            parameters: { max_connections: 60, fsync: 'off', wal_level: logical,
              max_prepared_transactions: 5, shared_buffers: 16MB,
              # in its directory, where nothing outlives a server that is killed
              dynamic_shared_memory_type: mmap }
        initdb: [ { encoding: UTF8 }, { auth: trust }, { locale: C }, no-sync ]
        pg_hba:
          - local all all trust
          - host replication all 127.0.0.1/32 trust
          - host all all 127.0.0.1/32 trust
      postgresql:
        listen: 127.0.0.1:%3$d
        connect_address: 127.0.0.1:%3$d
        data_dir: %5$s/n%1$d/data
        bin_dir: %8$s
        pgpass: %5$s/n%1$d/pgpass
        authentication:
          superuser: { username: postgres, password: postgres }
          replication: { username: replicator, password: replicator }
          rewind: { username: postgres, password: postgres }
        parameters: { unix_socket_directories: '%5$s/n%1$d' }
      watchdog: { mode: 'off' }
      """;

  private static final String HAPROXY =
      """
      global
        maxconn 400
      defaults
        mode tcp
        retries 2
        timeout client 30m
        timeout server 30m
        timeout connect 4s
        timeout check 2s
      listen primary
        bind 127.0.0.1:%d
        option httpchk OPTIONS /primary
        http-check expect status 200
        default-server inter 500 fall 2 rise 1 on-marked-down shutdown-sessions
      %s
      """;

  static FleetFiles in(Path directory) throws IOException {
    return new FleetFiles(directory, freePorts(2 * NODES + OTHERS));
  }

  /** Of the server, counted from 1. */
  int postgres(int node) {
    return ports.get(OTHERS + node - 1);
  }

  /** Of Patroni's REST there. */
  int rest(int node) {
    return ports.get(OTHERS + NODES + node - 1);
  }

  int etcd() {
    return ports.get(0);
  }

  /** Leads to whichever is the primary. */
  int haproxy() {
    return ports.get(2);
  }

  Path directoryOf(int node) {
    return directory.resolve("n" + node);
  }

  void write() throws IOException {
    for (int node = 1; node <= NODES; node++) {
      Files.createDirectories(directoryOf(node));
      Files.writeString(patroniFile(node), patroni(node));
    }
    Files.writeString(haproxyFile(), haproxyLines());
  }

  List<String> etcdCommand() {
    String clients = "http://127.0.0.1:" + etcd();
    String peers = "http://127.0.0.1:" + ports.get(1);
    return List.of(
        "etcd",
        "--name=e1",
        "--data-dir=" + directory.resolve("etcd"),
        "--log-level=warn",
        "--unsafe-no-fsync",
        "--listen-client-urls=" + clients,
        "--advertise-client-urls=" + clients,
        "--listen-peer-urls=" + peers,
        "--initial-advertise-peer-urls=" + peers,
        "--initial-cluster=e1=" + peers);
  }

  List<String> patroniCommand(int node) {
    return List.of("patroni", patroniFile(node).toString());
  }

  List<String> haproxyCommand() {
    return List.of("haproxy", "-db", "-f", haproxyFile().toString());
  }

  private Path patroniFile(int node) {
    return directory.resolve("n" + node + ".yml");
  }

  private Path haproxyFile() {
    return directory.resolve("haproxy.cfg");
  }

  private String patroni(int node) {
    return PATRONI.formatted(
        node,
        rest(node),
        postgres(node),
        etcd(),
        directory,
        REST_USER,
        REST_PASSWORD,
        DebianMachine.HOME.resolve("bin"));
  }

  private String haproxyLines() {
    String servers =
        IntStream.rangeClosed(1, NODES)
            .mapToObj(
                n ->
                    "  server n%d 127.0.0.1:%d maxconn 100 check port %d"
                        .formatted(n, postgres(n), rest(n)))
            .collect(Collectors.joining("\n"));
    return HAPROXY.formatted(haproxy(), servers);
  }

  /** All at once, so that none is given twice. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      List<Integer> free = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        free.add(socket.getLocalPort());
      }
      return free;
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }
}
