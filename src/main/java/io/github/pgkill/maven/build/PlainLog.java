package io.github.pgkill.maven.build;

import io.github.pgkill.model.text.PlainText;
import org.apache.maven.plugin.logging.Log;

/** Maven's log, for lines that may repeat what strangers named. */
public final class PlainLog implements Log {

  private final Log log;

  public PlainLog(Log log) {
    this.log = log;
  }

  private static String plain(CharSequence text) {
    return PlainText.line(String.valueOf(text));
  }

  @Override
  public boolean isDebugEnabled() {
    return log.isDebugEnabled();
  }

  @Override
  public void debug(CharSequence content) {
    log.debug(plain(content));
  }

  @Override
  public void debug(CharSequence content, Throwable error) {
    log.debug(plain(content), PlainTrace.of(error));
  }

  @Override
  public void debug(Throwable error) {
    log.debug(PlainTrace.of(error));
  }

  @Override
  public boolean isInfoEnabled() {
    return log.isInfoEnabled();
  }

  @Override
  public void info(CharSequence content) {
    log.info(plain(content));
  }

  @Override
  public void info(CharSequence content, Throwable error) {
    log.info(plain(content), PlainTrace.of(error));
  }

  @Override
  public void info(Throwable error) {
    log.info(PlainTrace.of(error));
  }

  @Override
  public boolean isWarnEnabled() {
    return log.isWarnEnabled();
  }

  @Override
  public void warn(CharSequence content) {
    log.warn(plain(content));
  }

  @Override
  public void warn(CharSequence content, Throwable error) {
    log.warn(plain(content), PlainTrace.of(error));
  }

  @Override
  public void warn(Throwable error) {
    log.warn(PlainTrace.of(error));
  }

  @Override
  public boolean isErrorEnabled() {
    return log.isErrorEnabled();
  }

  @Override
  public void error(CharSequence content) {
    log.error(plain(content));
  }

  @Override
  public void error(CharSequence content, Throwable error) {
    log.error(plain(content), PlainTrace.of(error));
  }

  @Override
  public void error(Throwable error) {
    log.error(PlainTrace.of(error));
  }
}
