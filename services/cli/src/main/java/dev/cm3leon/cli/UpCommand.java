package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.ApartOptions;
import dev.cm3leon.cli.platform.ApartPlatform;
import dev.cm3leon.cli.platform.LocalPlatform;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "up",
        description = {
            "Start the platform of this machine: one process, or with --apart one for each service and server.",
            "With --apart it can be called again to start what has ended.",
            "An object store from outside (--s3) needs CM3_S3_ACCESS_KEY and CM3_S3_SECRET_KEY."
        },
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Option(names = "--apart", description = "Every service as its own process, against real servers.")
    private boolean apart;

    @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "A broker from outside (one is started).")
    private @Nullable String kafka;

    @Option(names = "--s3", paramLabel = "URL", description = "An object store from outside (one is started).")
    private @Nullable String s3;

    @Option(names = "--milvus", paramLabel = "URL", description = "A Milvus from outside (Milvus Lite is started).")
    private @Nullable String milvus;

    @Mixin
    private final StartedServers servers = new StartedServers();

    @Option(
            names = "--faults",
            description = "Every connection to a server goes through toxiproxy, to be cut or delayed.")
    private boolean faults;

    @Option(names = "--rehearse", hidden = true, description = "Start and stop one in a folder of its own.")
    private boolean rehearse;

    UpCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rehearse) {
            Path checkout = shared.platform().checkout();
            if (checkout == null) throw Failure.usage("--rehearse goes with a checkout");
            LocalPlatform.rehearse(checkout);
            return 0;
        }
        shared.requireHere("started");
        return apart ? upApart() : upTogether();
    }

    private int upTogether() {
        if (kafka != null || s3 != null || milvus != null || servers.said() || faults) {
            throw Failure.usage("--kafka, --s3, --milvus, --store, --index and --faults go with --apart");
        }
        LocalPlatform platform = shared.platform();
        boolean started = platform.up(shared.terminal());
        var result = Gateway.JSON.createObjectNode();
        result.put("url", platform.url().toString())
                .put("home", platform.home().toString())
                .put("started", started);
        shared.print(result, () -> started ? "" : "already up: " + platform.url());
        return 0;
    }

    private int upApart() {
        ApartPlatform platform = shared.apart();
        var wish = new ApartOptions(kafka, s3, milvus, servers.store(), servers.index(), faults, Map.of());
        long begin = System.nanoTime();
        Map<String, Duration> started = platform.up(wish, shared.terminal());
        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("url", platform.url().toString())
                .put("home", platform.folder().toString())
                .put("seconds", (System.nanoTime() - begin) / 1e9);
        ObjectNode times = result.putObject("started");
        started.forEach((name, time) -> times.put(name, time.toMillis() / 1e3));
        shared.print(
                result,
                () -> started.isEmpty()
                        ? "already up: " + platform.url()
                        : "up: %s, %d processes started (cm3 status shows them, cm3 down stops them)"
                                .formatted(platform.url(), started.size()));
        return 0;
    }
}
