package io.github.pgkill.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The Chromium of the machine without a window, as a person's phone or desk. */
public final class Browser implements AutoCloseable {

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Why there is none; empty where there is one. */
  public static Optional<String> missing() {
    if (program("chromium", "chromium-browser", "google-chrome").isEmpty()) {
      return Optional.of("no Chromium on the path");
    }
    return program("chromedriver").isEmpty()
        ? Optional.of("no chromedriver on the path (Debian: chromium-driver)")
        : Optional.empty();
  }

  /**
   * Starts it.
   *
   * @param profile an empty directory
   */
  public static Browser start(Path profile) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(program("chromium", "chromium-browser", "google-chrome").orElseThrow());
    // root may not have a sandbox; nothing but files of ours is opened
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(program("chromedriver").orElseThrow())
            .usingAnyFreePort()
            .build();
    return new Browser(new ChromeDriver(service, options));
  }

  private static Optional<File> program(String... names) {
    String path = System.getenv("PATH");
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of((path == null ? "" : path).split(File.pathSeparator))
                    .map(directory -> new File(directory, name)))
        .filter(File::canExecute)
        .findFirst();
  }

  /** A window of so many pixels, dark or light. */
  public void look(int width, int height, String scheme) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  public void open(Path page) {
    driver.get(page.toUri().toString());
  }

  /** What a script in the page returns. */
  public Object run(String script) {
    return driver.executeScript(script);
  }

  /** A whole number that a script in the page returns. */
  public double number(String script) {
    return ((Number) run(script)).doubleValue();
  }

  /** What a script returns by calling its last argument. */
  public Object later(String script) {
    return driver.executeAsyncScript(script);
  }

  /** What it wrote to its console since it was asked last. */
  public List<String> console() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::toString)
        .toList();
  }

  /** The page from top to bottom as a PNG file, {@code height} pixels of it at most. */
  public void picture(Path file, int width, int height, String scheme) throws IOException {
    int whole = (int) number("return document.documentElement.scrollHeight");
    look(width, Math.min(height, whole), scheme);
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
