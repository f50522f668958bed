package dev.cm3leon.standalone;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// `cm3 up`: the platform as a process, in `CM3_HOME` or `~/.cm3leon`, on `CM3_PORT` or 8080. With the argument
/// `--rehearse` it ends as soon as it is up, and needs no documents for that.
public final class Platform {

    private Platform() {}

    public static void main(String[] args) throws InterruptedException {
        Map<String, String> environment = System.getenv();
        Path home = Path.of(environment.getOrDefault("CM3_HOME", System.getProperty("user.home") + "/.cm3leon"))
                .toAbsolutePath();
        Logging.intoFile(home.resolve("logs").resolve("platform.log"));
        try {
            PlatformOptions options = PlatformOptions.onPort(port(environment));
            if (List.of(args).contains("--rehearse")) {
                EmbeddedPlatform.start(home, options.withoutDemoBank()).close();
                System.exit(0); // a class archive is written on the way out
            }
            EmbeddedPlatform platform = EmbeddedPlatform.start(home, options);
            CountDownLatch asked = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(platform::close, "platform-stop"));
            asked.await(); // until the process is told to end
        } catch (RuntimeException e) {
            Throwable root = e;
            while (root.getCause() != null) root = root.getCause(); // of a bean that did not start
            String why = e == root ? "" : ": " + root.getMessage();
            System.err.println("The platform did not start: " + e.getMessage() + why + "\n(the rest of it is in " + home
                    + "/logs/platform.log)");
            org.slf4j.LoggerFactory.getLogger(Platform.class).error("the platform did not start", e);
            System.exit(1);
        }
    }

    private static int port(Map<String, String> environment) {
        String port = environment.getOrDefault("CM3_PORT", "8080");
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("CM3_PORT is no port: " + port);
        }
    }
}
