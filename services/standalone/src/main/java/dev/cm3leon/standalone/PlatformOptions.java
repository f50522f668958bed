package dev.cm3leon.standalone;

import java.util.List;
import java.util.Map;

/// How a platform is started.
///
/// @param port of 127.0.0.1 for the gateway; 0 takes a free one
/// @param services to start, in this order
/// @param properties that every service gets, e.g. `cm3.model.location`; they win over the services' own
/// @param demoBank whether the demo bank is published into a new data folder
public record PlatformOptions(int port, List<Service> services, Map<String, String> properties, boolean demoBank) {

    public PlatformOptions {
        services = List.copyOf(services);
        properties = Map.copyOf(properties);
    }

    /// Every service, with the demo bank.
    public static PlatformOptions onPort(int port) {
        return new PlatformOptions(port, EmbeddedPlatform.SERVICES, Map.of(), true);
    }

    public PlatformOptions withServices(List<Service> others) {
        return new PlatformOptions(port, others, properties, demoBank);
    }

    public PlatformOptions withProperties(Map<String, String> others) {
        return new PlatformOptions(port, services, others, demoBank);
    }

    public PlatformOptions withoutDemoBank() {
        return new PlatformOptions(port, services, properties, false);
    }
}
