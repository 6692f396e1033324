package io.github.pgkill.maven.build;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.restart.RestartServer;
import io.github.pgkill.job.watch.BuildWatches;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.report.console.Console;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.apache.maven.execution.ExecutionEvent;
import org.apache.maven.execution.ExecutionListener;
import org.apache.maven.execution.MavenExecutionRequest;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Ends the watchers of a build and opens the databases that it still keeps closed when it ends: by
 * Maven's own event when it succeeds or fails, by a shutdown hook when it is interrupted. The hook
 * is taken back after the event, because the classes that it needs may be gone by then.
 */
public final class BuildEnd {

  /** The hook may hold up the end of the process no longer than this. */
  private static final long HOOK_MILLIS = 20_000;

  private static final Set<MavenExecutionRequest> ARRANGED =
      Collections.newSetFromMap(new WeakHashMap<>());

  private BuildEnd() {}

  /** Arranges it, once for each build. */
  public static synchronized void arrange(MavenSession session, Log log) {
    MavenExecutionRequest request = session.getRequest();
    if (!ARRANGED.add(request)) {
      return;
    }
    Console console = new MojoConsole(log, ConsoleStyle.of(session));
    Thread hook = new Thread(() -> openWithin(console), "pgkill-end-of-build");
    Runtime.getRuntime().addShutdownHook(hook);
    request.setExecutionListener(listener(request.getExecutionListener(), hook, console));
  }

  /** Maven's own listener with one more thing to do at the end, whatever events it may learn. */
  private static ExecutionListener listener(
      @Nullable ExecutionListener original, Thread hook, Console console) {
    return (ExecutionListener)
        Proxy.newProxyInstance(
            BuildEnd.class.getClassLoader(),
            new Class<?>[] {ExecutionListener.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("sessionEnded")) {
                open((ExecutionEvent) arguments[0], hook, console);
              }
              if (original == null) {
                return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
              }
              try {
                return method.invoke(original, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
              }
            });
  }

  private static void open(ExecutionEvent event, Thread hook, Console console) {
    BuildWatches.endAll();
    List<PgkillException> failures = BuildLockouts.openAll(console);
    // an exception thrown here would read "Internal error"; in the result it is a build failure
    failures.forEach(event.getSession().getResult()::addException);
    removeHook(hook);
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyShuttingDown) {
      // then the hook runs, and finds everything open
      hook.setName(hook.getName() + "-running");
    }
  }

  private static void openWithin(Console console) {
    // whatever it waits for, a lock among it, it does so within the bound
    Thread opener = new Thread(() -> giveBack(console), "pgkill-open");
    opener.setDaemon(true);
    opener.start();
    // which begins when the server is there again
    RestartServer.awaitUnderWay();
    try {
      opener.join(HOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void giveBack(Console console) {
    BuildLockouts.end();
    Runner.endOfProcess();
    BuildWatches.end();
    // a server that is down at this moment opens nothing
    RestartServer.awaitUnderWay();
    // what is closed matters more than what is told, should the time run out
    tell(BuildLockouts.openAll(console), console);
    Runner.interruptAll(console);
    BuildWatches.endAll();
  }

  private static void tell(List<PgkillException> failures, Console console) {
    for (PgkillException failure : failures) {
      console.warn(
          "could not open a database: "
              + failure.getMessage()
              + ". The next build does, or mvn pgkill:restore-connect");
    }
  }
}
