package io.github.pgkill.maven.goal;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.maven.plugin.logging.Log;

/** Keeps every line at every level. */
public final class RecordingLog implements Log {

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Consumer<String> listener;

  public RecordingLog() {
    this(line -> {});
  }

  /** Passes each line on, too. */
  public RecordingLog(Consumer<String> listener) {
    this.listener = listener;
  }

  /** All lines, each with its level in front. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** The lines of one level, without it. */
  public List<String> lines(String level) {
    String prefix = level + " ";
    return lines.stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  private void add(String level, CharSequence content, Throwable error) {
    StringWriter text = new StringWriter().append(level).append(' ').append(content);
    if (error != null) {
      error.printStackTrace(new PrintWriter(text, true));
    }
    lines.add(text.toString());
    listener.accept(text.toString());
  }

  @Override
  public boolean isDebugEnabled() {
    return true;
  }

  @Override
  public void debug(CharSequence content) {
    add("debug", content, null);
  }

  @Override
  public void debug(CharSequence content, Throwable error) {
    add("debug", content, error);
  }

  @Override
  public void debug(Throwable error) {
    add("debug", "", error);
  }

  @Override
  public boolean isInfoEnabled() {
    return true;
  }

  @Override
  public void info(CharSequence content) {
    add("info", content, null);
  }

  @Override
  public void info(CharSequence content, Throwable error) {
    add("info", content, error);
  }

  @Override
  public void info(Throwable error) {
    add("info", "", error);
  }

  @Override
  public boolean isWarnEnabled() {
    return true;
  }

  @Override
  public void warn(CharSequence content) {
    add("warn", content, null);
  }

  @Override
  public void warn(CharSequence content, Throwable error) {
    add("warn", content, error);
  }

  @Override
  public void warn(Throwable error) {
    add("warn", "", error);
  }

  @Override
  public boolean isErrorEnabled() {
    return true;
  }

  @Override
  public void error(CharSequence content) {
    add("error", content, null);
  }

  @Override
  public void error(CharSequence content, Throwable error) {
    add("error", content, error);
  }

  @Override
  public void error(Throwable error) {
    add("error", "", error);
  }
}
