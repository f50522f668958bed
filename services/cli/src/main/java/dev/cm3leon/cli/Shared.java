package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.ApartPlatform;
import dev.cm3leon.cli.platform.LocalPlatform;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.net.URI;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// What every command has: `--json`, the terminal, and a way to the platform.
final class Shared {
    @Option(names = "--json", description = "Print the result as one JSON document on standard output.")
    boolean json;

    private final Terminal terminal;
    private final Map<String, String> environment;
    private @Nullable Gateway gateway;

    Shared(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    Terminal terminal() {
        return terminal;
    }

    LocalPlatform platform() {
        return LocalPlatform.of(environment);
    }

    Map<String, String> environment() {
        return environment;
    }

    Servers servers() {
        return Servers.of(environment);
    }

    ApartPlatform apart() {
        return new ApartPlatform(platform(), servers(), environment);
    }

    /// The platform at CM3_URL as it is, or the one of this machine, started where it is not up. One that is
    /// apart is used as it is: a process that ended is started by `cm3 up --apart`, not by a command that
    /// happens to come by.
    Gateway gateway() {
        if (gateway == null) gateway = reached();
        return gateway;
    }

    private Gateway reached() {
        Gateway remote = remote();
        if (remote != null) return remote;
        ApartPlatform apart = apart();
        LocalPlatform platform = platform();
        if (apart.running().isEmpty()) {
            try {
                platform.up(terminal);
                return new Gateway(platform.url());
            } catch (Failure failure) {
                if (apart.running().isEmpty()) throw failure; // else another command started it meanwhile
            }
        }
        if (apart.isAlive()) return new Gateway(apart.url());
        throw new Failure(
                Failure.NOT_REACHABLE,
                platform.isStarting()
                        ? "the platform apart is starting: ask again when it is up, `cm3 status` shows its processes"
                        : "the platform apart does not run, perhaps since this machine was started again: "
                                + "`cm3 up --apart` starts it again, `cm3 down` forgets it");
    }

    /// The platform at CM3_URL; null where it is the one of this machine.
    @Nullable
    Gateway remote() {
        String url = environment.get("CM3_URL");
        if (url == null || url.isBlank()) return null;
        try {
            URI uri = URI.create(url);
            boolean http = uri.getScheme() != null && uri.getScheme().matches("https?") && uri.getHost() != null;
            if (http && uri.getQuery() == null && uri.getFragment() == null) return new Gateway(uri);
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw Failure.usage("need CM3_URL like http://127.0.0.1:8080, got " + url);
    }

    /// Sees that a command means the platform of this machine.
    ///
    /// @param done what can be done with that alone
    void requireHere(String done) {
        if (remote() != null)
            throw Failure.usage("CM3_URL names a platform elsewhere: only one of this machine can be " + done);
    }

    /// For a part of what a command does: its result goes to standard error, where that of the command is to be alone.
    Shared aside() {
        return json ? new Shared(terminal.toError(), environment) : this;
    }

    /// Prints a result, as JSON or as a person reads it.
    void print(JsonNode json, Supplier<String> text) {
        terminal.settle();
        if (this.json) {
            terminal.out.println(Gateway.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json));
            return;
        }
        String lines = text.get();
        if (!lines.isEmpty()) terminal.out.println(lines.stripTrailing());
    }
}
