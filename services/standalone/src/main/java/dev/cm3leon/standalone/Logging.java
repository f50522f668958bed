package dev.cm3leon.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// One log for all services of this JVM: none of them may set up logging anew.
final class Logging {

    private Logging() {}

    /// Keeps the services' hands off it; where nobody has set it up, only warnings are shown.
    static void belongsToTheProcess() {
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        if (root.getLevel() == Level.DEBUG) root.setLevel(Level.WARN); // Logback's own default
    }

    /// Only warnings, on the standard output.
    static void onlyWarnings() {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    }

    /// Everything into a file. To be called before the first logger is asked for.
    static void intoFile(Path file) {
        System.setProperty("logback.configurationFile", "platform-logback.xml");
        System.setProperty("cm3.log", file.toString());
        System.setProperty("cm3.log.format", System.getenv().getOrDefault("CM3_LOG_FORMAT", "text"));
        SLF4JBridgeHandler.removeHandlersForRootLogger(); // Tomcat logs through java.util.logging
        SLF4JBridgeHandler.install();
    }
}
