import com.zaxxer.hikari.HikariDataSource;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import org.postgresql.Driver;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurablePropertyResolver;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;

/**
 * A whole Spring Boot application, asked which database it would open, and its driver, as which
 * user. The test compiles it against the Spring Boot it asks. Of this JVM it sees neither the
 * environment, nor system properties, nor the working directory: the question has them.
 */
public final class SpringAnswer implements Function<Map<String, Object>, Map<String, String>> {

  /** The application. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  @Override
  @SuppressWarnings("unchecked")
  public Map<String, String> apply(Map<String, Object> question) {
    Path directory = (Path) question.get("directory");
    Map<String, String> answer = new HashMap<>();
    try (URLClassLoader classes =
        new URLClassLoader(
            new URL[] {((Path) question.get("classes")).toUri().toURL()},
            SpringAnswer.class.getClassLoader())) {
      Thread.currentThread().setContextClassLoader(classes);
      SpringApplication application =
          new SpringApplication(new InDirectory(classes, directory), Application.class);
      application.setEnvironment(
          new Outside(
              (Map<String, Object>) question.get("properties"),
              (Map<String, Object>) question.get("variables")));
      application.setRegisterShutdownHook(false);
      application.setBannerMode(Banner.Mode.OFF);
      application.setLogStartupInfo(false);
      try (ConfigurableApplicationContext context = application.run()) {
        HikariDataSource source = context.getBean(HikariDataSource.class);
        answer.put("url", source.getJdbcUrl());
        Properties asked = new Properties();
        if (source.getUsername() != null) {
          asked.put("user", source.getUsername());
        }
        if (source.getPassword() != null) {
          asked.put("password", source.getPassword());
        }
        Properties driver = Driver.parseURL(source.getJdbcUrl(), asked);
        answer.put("user", driver.getProperty("user"));
        answer.put("password", driver.getProperty("password"));
      }
    } catch (Exception e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      answer.put("failed", cause.toString());
    }
    return answer;
  }

  /** What Spring's own environment of an application is, with other outside sources. */
  private static final class Outside extends StandardEnvironment {

    Outside(Map<String, Object> properties, Map<String, Object> variables) {
      getPropertySources()
          .replace("systemProperties", new MapPropertySource("systemProperties", properties));
      getPropertySources()
          .replace(
              "systemEnvironment",
              new SystemEnvironmentPropertySource("systemEnvironment", variables));
    }

    @Override
    protected String doGetActiveProfilesProperty() {
      return null;
    }

    @Override
    protected String doGetDefaultProfilesProperty() {
      return null;
    }

    @Override
    protected ConfigurablePropertyResolver createPropertyResolver(MutablePropertySources sources) {
      return ConfigurationPropertySources.createPropertyResolver(sources);
    }
  }

  /** Relative files start from the question's directory. */
  private static final class InDirectory extends DefaultResourceLoader {

    private final Path directory;

    InDirectory(ClassLoader classes, Path directory) {
      super(classes);
      this.directory = directory;
    }

    @Override
    public Resource getResource(String location) {
      return location.startsWith("file:") && !location.startsWith("file:/")
          ? new FileSystemResource(
              directory.resolve(location.substring("file:".length())).normalize())
          : super.getResource(location);
    }
  }
}
