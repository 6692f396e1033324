package io.github.pgkill.postgres.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is behind a {@link java.net.Socket} that may lead to a Unix socket: the driver wants such a
 * socket, with a read timeout and with reads beside which another thread can write, and Java has
 * Unix sockets as channels only. A list of hosts may hold both kinds, so this one dials TCP as
 * well. The driver's own way to them, once it has one, replaces this class.
 *
 * <p>As with Java's own sockets, an interrupt neither ends a wait nor closes the connection. The
 * channel is in non-blocking mode with a selector for each way, because a blocking channel knows no
 * timeout and is closed by an interrupt.
 */
final class ChannelSocket extends SocketImpl {

  /** Java copies what is handed to a channel into native memory, which it keeps for each thread. */
  private static final int CHUNK = 1 << 16;

  /**
   * A server that is busy has no room in its queue for a moment, and does not let us wait there.
   */
  private static final long RETRY_MILLIS = 10;

  private final Function<InetSocketAddress, SocketAddress> behind;
  private final Map<Integer, Object> options = new ConcurrentHashMap<>();

  private @Nullable SocketAddress local;
  private volatile @Nullable SocketChannel channel;
  private volatile @Nullable Way reading;
  private volatile @Nullable Way writing;
  private volatile boolean closed;

  /**
   * One that is not connected yet. By its general type, so that whoever only mentions it need not
   * load this class.
   *
   * @param behind what the address that is to be dialled stands for
   */
  static SocketImpl dialling(Function<InetSocketAddress, SocketAddress> behind) {
    return new ChannelSocket(behind);
  }

  private ChannelSocket(Function<InetSocketAddress, SocketAddress> behind) {
    this.behind = behind;
  }

  @Override
  protected void create(boolean stream) {
    // the channel is made when it is known which kind
  }

  @Override
  protected void connect(String host, int port) throws IOException {
    connect(new InetSocketAddress(host, port), 0);
  }

  @Override
  protected void connect(InetAddress address, int port) throws IOException {
    connect(new InetSocketAddress(address, port), 0);
  }

  @Override
  protected void connect(SocketAddress endpoint, int timeout) throws IOException {
    Limit limit = new Limit(timeout);
    SocketAddress wanted = behind.apply((InetSocketAddress) endpoint);
    if (wanted instanceof UnixDomainSocketAddress file) {
      connect(file, limit);
    } else {
      connect((InetSocketAddress) wanted, limit);
    }
    for (Map.Entry<Integer, Object> option : options.entrySet()) {
      apply(option.getKey(), option.getValue());
    }
  }

  private void connect(UnixDomainSocketAddress file, Limit limit) throws IOException {
    while (true) {
      try {
        finish(open(SocketChannel.open(StandardProtocolFamily.UNIX)), file, limit);
        return;
      } catch (SocketException e) {
        boolean busy = e.getClass() == SocketException.class && Files.exists(file.getPath());
        closeChannel();
        if (closed || !busy) {
          throw e;
        }
        if (limit.over()) {
          throw timedOut("Connect", e);
        }
      }
      try {
        Thread.sleep(RETRY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the server is busy");
      }
    }
  }

  private void connect(InetSocketAddress remote, Limit limit) throws IOException {
    SocketChannel opened = open(SocketChannel.open());
    if (local != null) {
      opened.bind(local);
    }
    finish(opened, remote, limit);
  }

  private static void finish(SocketChannel opened, SocketAddress remote, Limit limit)
      throws IOException {
    if (!opened.connect(remote)) {
      try (Way connecting = new Way(opened, SelectionKey.OP_CONNECT)) {
        while (!opened.finishConnect()) {
          connecting.await(limit, "Connect");
        }
      }
    }
  }

  private SocketChannel open(SocketChannel fresh) throws IOException {
    fresh.configureBlocking(false);
    channel = fresh;
    reading = new Way(fresh, SelectionKey.OP_READ);
    writing = new Way(fresh, SelectionKey.OP_WRITE);
    if (closed) {
      closeChannel();
      throw closedNow();
    }
    return fresh;
  }

  @Override
  protected void bind(InetAddress host, int port) {
    boolean any = host.isAnyLocalAddress() && port == 0;
    local = any ? null : new InetSocketAddress(host, port);
  }

  @Override
  protected InputStream getInputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, Math.min(length, CHUNK));
        return length == 0 ? 0 : ChannelSocket.this.read(buffer);
      }
    };
  }

  @Override
  protected OutputStream getOutputStream() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] from, int offset, int length) throws IOException {
        for (int at = 0; at < length; at += CHUNK) {
          ChannelSocket.this.write(
              ByteBuffer.wrap(from, offset + at, Math.min(length - at, CHUNK)));
        }
      }
    };
  }

  private int read(ByteBuffer into) throws IOException {
    Limit limit = new Limit((int) getOption(SocketOptions.SO_TIMEOUT));
    try {
      while (true) {
        int count = connected(channel).read(into);
        if (count != 0) {
          return count;
        }
        connected(reading).await(limit, "Read");
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      throw ofSockets(e);
    }
  }

  private void write(ByteBuffer from) throws IOException {
    try {
      while (from.hasRemaining()) {
        if (connected(channel).write(from) == 0) {
          connected(writing).await(new Limit(0), "Write");
        }
      }
    } catch (IOException e) {
      throw ofSockets(e);
    }
  }

  @Override
  protected int available() {
    return 0;
  }

  @Override
  protected void close() throws IOException {
    closed = true;
    closeChannel();
  }

  /** The selectors after the channel: with them go who waits there and the last hold of it. */
  private void closeChannel() throws IOException {
    SocketChannel open = channel;
    Way in = reading;
    Way out = writing;
    if (open != null) {
      open.close();
    }
    if (in != null) {
      in.close();
    }
    if (out != null) {
      out.close();
    }
  }

  @Override
  protected void shutdownInput() throws IOException {
    connected(channel).shutdownInput();
  }

  @Override
  protected void shutdownOutput() throws IOException {
    connected(channel).shutdownOutput();
  }

  @Override
  public void setOption(int option, Object value) throws SocketException {
    options.put(option, value);
    apply(option, value);
  }

  @Override
  public Object getOption(int option) {
    return options.getOrDefault(
        option,
        switch (option) {
          case SocketOptions.TCP_NODELAY,
              SocketOptions.SO_KEEPALIVE,
              SocketOptions.SO_REUSEADDR,
              SocketOptions.SO_OOBINLINE ->
              false;
          default -> 0;
        });
  }

  private void apply(int option, Object value) throws SocketException {
    switch (option) {
      case SocketOptions.TCP_NODELAY -> set(StandardSocketOptions.TCP_NODELAY, value);
      case SocketOptions.SO_KEEPALIVE -> set(StandardSocketOptions.SO_KEEPALIVE, value);
      case SocketOptions.SO_RCVBUF -> set(StandardSocketOptions.SO_RCVBUF, value);
      case SocketOptions.SO_SNDBUF -> set(StandardSocketOptions.SO_SNDBUF, value);
      default -> {} // the read timeout, and nothing that the driver counts on
    }
  }

  /** Those of TCP mean nothing to a Unix socket. */
  private <T> void set(SocketOption<T> option, Object value) throws SocketException {
    SocketChannel open = channel;
    if (open == null || !open.supportedOptions().contains(option)) {
      return;
    }
    try {
      open.setOption(option, option.type().cast(value));
    } catch (IOException e) {
      throw ofSockets(e);
    }
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    throw new SocketException("no urgent data");
  }

  @Override
  protected void listen(int backlog) throws IOException {
    throw new SocketException("not a server's socket");
  }

  @Override
  protected void accept(SocketImpl s) throws IOException {
    throw new SocketException("not a server's socket");
  }

  private static <T> T connected(@Nullable T part) throws SocketException {
    if (part == null) {
      throw new SocketException("Socket is not connected");
    }
    return part;
  }

  private static SocketException closedNow() {
    return new SocketException("Socket closed");
  }

  private static SocketTimeoutException timedOut(String what, @Nullable Throwable cause) {
    SocketTimeoutException e = new SocketTimeoutException(what + " timed out");
    e.initCause(cause);
    return e;
  }

  /** As Java's own sockets tell it. */
  private static SocketException ofSockets(IOException e) {
    if (e instanceof SocketException told) {
      return told;
    }
    SocketException told =
        e instanceof ClosedChannelException ? closedNow() : new SocketException(e.getMessage());
    told.initCause(e);
    return told;
  }

  /** Until when something may take; 0 milliseconds stand for ever. */
  private static final class Limit {

    private final long millis;
    private final long start = System.nanoTime();

    Limit(int millis) {
      this.millis = millis;
    }

    boolean over() {
      return millis != 0 && left() <= 0;
    }

    long left() {
      return millis - Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    /** For a selector, where 0 is for ever. */
    long toSelect() {
      return millis == 0 ? 0 : Math.max(1, left());
    }
  }

  /** One way through a channel, and whoever waits for it: neither way stands in the other's. */
  private static final class Way implements AutoCloseable {

    private final Selector selector;

    Way(SocketChannel channel, int operation) throws IOException {
      this.selector = Selector.open();
      channel.register(selector, operation);
    }

    void await(Limit limit, String what) throws IOException {
      boolean interrupted = false;
      try {
        while (selector.select(key -> {}, limit.toSelect()) == 0) {
          interrupted |= Thread.interrupted();
          if (!selector.isOpen()) {
            throw closedNow();
          }
          if (limit.over()) {
            throw timedOut(what, null);
          }
        }
      } catch (ClosedSelectorException e) {
        throw closedNow();
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void close() throws IOException {
      selector.close();
    }
  }
}
