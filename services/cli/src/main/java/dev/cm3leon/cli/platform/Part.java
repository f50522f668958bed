package dev.cm3leon.cli.platform;

import java.util.List;
import java.util.Map;

/// One process of several that are started together.
///
/// @param environment beside our own
/// @param port of 127.0.0.1 that it listens on
/// @param health how that port is asked
public record Part(String name, List<String> command, Map<String, String> environment, int port, Health health) {

    public Part {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    public boolean isHealthy() {
        return health.isGood(port);
    }

    /// Without the environment, which has secrets.
    @Override
    public String toString() {
        return "Part[name=" + name + ", port=" + port + "]";
    }
}
