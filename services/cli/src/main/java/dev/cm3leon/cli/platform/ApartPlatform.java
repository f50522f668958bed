package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;

/// The platform of this machine as one process for each service, against real servers: a Kafka broker, MinIO or
/// versitygw, and Milvus Lite, or any of them from outside. Nothing but environment variables tells a service where
/// they are, as in a cluster.
///
/// Its folder, `CM3_HOME/apart`, holds `apart.json` while it is up, the servers' data, `run/NAME.pid` and
/// `logs/NAME.log` of each process.
public final class ApartPlatform {
    /// Every service, with the largest Java heap it needs in MiB with the shipped models.
    static final Map<String, Integer> SERVICES = services();

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration FIRST_DOCUMENTS = Duration.ofMinutes(3);
    private static final String GATEWAY = "gateway";

    private final LocalPlatform platform;
    private final Path folder;
    private final Servers servers;
    private final Map<String, String> environment;
    public final Processes processes;

    /// @param platform the one of one process in the same data folder
    public ApartPlatform(LocalPlatform platform, Servers servers, Map<String, String> environment) {
        this.platform = platform;
        this.folder = platform.apart();
        this.servers = servers;
        this.environment = environment;
        this.processes = new Processes(folder);
    }

    private static Map<String, Integer> services() {
        Map<String, Integer> heaps = new LinkedHashMap<>();
        heaps.put("tokenizer", 192);
        heaps.put("retriever", 192);
        heaps.put("generator", 256);
        heaps.put("reranker", 160);
        heaps.put("trainer-orchestrator", 128);
        heaps.put(GATEWAY, 256);
        return heaps;
    }

    public Path folder() {
        return folder;
    }

    /// How it was started; empty where it is not up.
    public Optional<ApartOptions> running() {
        try {
            return Optional.of(ApartOptions.of(Gateway.JSON.readTree(Files.readAllBytes(platform.apartFile()))));
        } catch (IOException e) {
            return Optional.empty();
        } catch (JacksonException | Failure e) {
            throw new Failure(
                    Failure.OTHER, "%s is not as it was written: %s".formatted(platform.apartFile(), e.getMessage()));
        }
    }

    /// Whether any service of it runs: none does after the machine was started again.
    public boolean isAlive() {
        return SERVICES.keySet().stream()
                .anyMatch(service -> processes.find(service).isPresent());
    }

    public URI url() {
        int port = running().map(options -> options.port(GATEWAY)).orElse(platform.wantedPort());
        return URI.create("http://127.0.0.1:" + port);
    }

    /// Starts what does not run and waits until everything is healthy. Of several commands at once one does, the
    /// others wait.
    ///
    /// @param wish how it is to be started
    /// @return how long each process took that was started
    public Map<String, Duration> up(ApartOptions wish, Terminal terminal) {
        return platform.alone(() -> upAlone(wish, terminal), terminal);
    }

    private Map<String, Duration> upAlone(ApartOptions wish, Terminal terminal) {
        if (platform.begun().isPresent()) {
            throw Failure.usage("the platform is up as one process: `cm3 down` first");
        }
        Optional<ApartOptions> before = running();
        if (before.isPresent() && !before.get().sameServers(wish)) {
            throw Failure.usage("the platform is up with other servers: `cm3 down` first");
        }
        ApartOptions options = before.orElse(wish);
        options.needOutside(environment);
        if (before.isEmpty()) {
            needFreePort();
            options = options.withPorts(ports(options));
            install(options, terminal);
            save(options);
        }
        Map<String, Duration> started = new LinkedHashMap<>();
        try {
            started.putAll(processes.up(serverParts(options), PATIENCE, terminal));
            started.putAll(processes.up(serviceParts(options), PATIENCE, terminal));
            publishBank(options, terminal);
        } catch (Failure failure) {
            if (before.isEmpty()) down(terminal);
            throw failure;
        }
        return started;
    }

    private void needFreePort() {
        if (!FreePorts.has(platform.wantedPort())) {
            throw new Failure(
                    Failure.NOT_REACHABLE,
                    "port %d is used by another program: stop it, or set CM3_PORT to a free port"
                            .formatted(platform.wantedPort()));
        }
    }

    private Map<String, Integer> ports(ApartOptions options) {
        List<String> names = new ArrayList<>(SERVICES.keySet());
        names.remove(GATEWAY);
        for (String server : List.of("kafka", "object-store", "milvus")) {
            names.add(server);
            if (options.faults()) names.add(server + "-direct");
        }
        names.add("kafka-controller");
        if (options.faults()) names.add("toxiproxy");
        Map<String, Integer> ports = FreePorts.of(names);
        ports.put(GATEWAY, platform.wantedPort());
        return ports;
    }

    private void install(ApartOptions options, Terminal terminal) {
        List<Server> needed = new ArrayList<>();
        if (options.s3() == null) needed.add(options.store());
        if (options.milvus() == null) needed.add(options.index());
        if (options.faults()) needed.add(Server.TOXIPROXY);
        List<Server> missing =
                needed.stream().filter(server -> !servers.has(server)).toList();
        if (missing.isEmpty()) return;
        terminal.say("Installing what is missing, once, about %s on two idle cores (another time: cm3 servers install)"
                .formatted(Servers.estimate(missing)));
        for (Server server : missing) servers.install(server, terminal);
    }

    private void save(ApartOptions options) {
        try {
            for (String data : List.of("kafka", "objects", "versions", "milvus/v3", "logs", "run")) {
                Files.createDirectories(folder.resolve(data));
            }
            Path unfinished = folder.resolve("apart.json.new");
            Files.writeString(unfinished, options.json().toPrettyString());
            Files.move(unfinished, platform.apartFile(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot use %s: %s".formatted(folder, e.getMessage()));
        }
    }

    /// Every process, the servers first.
    public List<Part> parts(ApartOptions options) {
        List<Part> parts = new ArrayList<>(serverParts(options));
        parts.addAll(serviceParts(options));
        return parts;
    }

    List<Part> serverParts(ApartOptions options) {
        List<Part> parts = new ArrayList<>();
        if (options.faults()) parts.add(toxiproxy(options));
        if (options.kafka() == null) parts.add(kafka(options));
        if (options.s3() == null) parts.add(objectStore(options));
        if (options.milvus() == null) parts.add(milvus(options));
        return parts;
    }

    List<Part> serviceParts(ApartOptions options) {
        return SERVICES.keySet().stream().map(name -> service(name, options)).toList();
    }

    private static int direct(ApartOptions options, String server) {
        return options.port(options.faults() ? server + "-direct" : server);
    }

    private Part kafka(ApartOptions options) {
        List<String> command = java("kafka", "256m");
        command.addAll(List.of(
                "-XX:+AutoCreateSharedArchive",
                "-cp",
                platformClasses(),
                "dev.cm3leon.standalone.KafkaBroker",
                folder.resolve("kafka").toString(),
                Integer.toString(direct(options, "kafka")),
                Integer.toString(options.port("kafka-controller")),
                Integer.toString(options.port("kafka"))));
        return new Part("kafka", command, Map.of(), direct(options, "kafka"), Health.KAFKA);
    }

    private Part objectStore(ApartOptions options) {
        int port = direct(options, "object-store");
        Path data = folder.resolve("objects");
        var keys = credentials();
        if (options.store() == Server.MINIO) {
            return ServerParts.minio("minio", servers, data, port, keys.accessKey(), keys.secretKey());
        }
        return ServerParts.versitygw(
                "versitygw",
                servers,
                data,
                folder.resolve("versions"),
                port,
                region(options),
                keys.accessKey(),
                keys.secretKey());
    }

    private static String region(ApartOptions options) {
        return options.s3() == null && options.store() == Server.VERSITYGW ? "eu-central-1" : "us-east-1";
    }

    private Part milvus(ApartOptions options) {
        int port = direct(options, "milvus");
        Path data = folder.resolve("milvus");
        return options.index() == Server.MILVUS_LITE_2_5
                ? ServerParts.milvus25("milvus", servers, data.resolve("documents.db"), port)
                : ServerParts.milvus3("milvus", servers, data.resolve("v3"), port);
    }

    private Part toxiproxy(ApartOptions options) {
        var proxies = Gateway.JSON.createArrayNode();
        for (String server : List.of("kafka", "object-store", "milvus")) {
            proxies.addObject()
                    .put("name", server)
                    .put("listen", "127.0.0.1:" + options.port(server))
                    .put("upstream", "127.0.0.1:" + options.port(server + "-direct"))
                    .put("enabled", true);
        }
        Path config = folder.resolve("toxiproxy.json");
        try {
            Files.writeString(config, proxies.toPrettyString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int port = options.port("toxiproxy");
        List<String> command = List.of(
                servers.program(Server.TOXIPROXY).toString(),
                "-host",
                "127.0.0.1",
                "-port",
                Integer.toString(port),
                "-config",
                config.toString());
        return new Part("toxiproxy", command, Map.of(), port, Health.TOXIPROXY);
    }

    private Part service(String name, ApartOptions options) {
        List<String> command = java(name, heap(name));
        command.addAll(List.of(
                "-jar", built().resolve("target/apart").resolve(name + ".jar").toString()));
        int port = options.port(name);
        Map<String, String> settings = settings(options);
        settings.put("SERVER_PORT", Integer.toString(port));
        if (name.equals(GATEWAY)) settings.put("CM3_GATEWAY_DOCUMENTS", "20000"); // what its heap has room for
        return new Part(name, command, settings, port, Health.SERVICE);
    }

    /// What tells a service where the servers are: nothing else does.
    private Map<String, String> settings(ApartOptions options) {
        var keys = credentials();
        Map<String, String> settings = new TreeMap<>();
        String s3 = options.s3() != null ? options.s3() : "http://127.0.0.1:" + options.port("object-store");
        settings.put("SPRING_KAFKA_BOOTSTRAP_SERVERS", bootstrapServers(options));
        settings.put("CM3_KAFKA_PARTITIONS", "2");
        settings.put("CM3_KAFKA_SESSION_TIMEOUT_MS", "6000");
        settings.put("CM3_OBJECT_STORE_KIND", "minio");
        settings.put("CM3_OBJECT_STORE_ENDPOINT", s3);
        settings.put("CM3_OBJECT_STORE_ACCESS_KEY", keys.accessKey());
        settings.put("CM3_OBJECT_STORE_SECRET_KEY", keys.secretKey());
        settings.put("CM3_OBJECT_STORE_REGION", environment.getOrDefault("CM3_S3_REGION", region(options)));
        settings.put("CM3_VECTOR_INDEX_KIND", "milvus");
        settings.put("CM3_VECTOR_INDEX_MILVUS_URI", milvusUri(options));
        if (options.milvus() == null) {
            // 2.5.1 has no HNSW; 3.2.2 filters after its HNSW search, and finds too little
            String type = options.index() == Server.MILVUS_LITE_3 ? "FLAT" : "AUTOINDEX";
            settings.put("CM3_VECTOR_INDEX_MILVUS_INDEX_TYPE", type);
        }
        settings.put("CM3_HOME", folder.toString());
        settings.put("CM3_MODEL_CACHE", folder.resolve("models").toString());
        settings.put(
                "CM3_ORCHESTRATOR_TRAINER_CLASSPATH",
                built().resolve("services/trainer-job/target/job/lib")
                        .resolve("*")
                        .toString());
        settings.put("SERVER_ADDRESS", "127.0.0.1");
        settings.put("DJL_OFFLINE", "true");
        settings.put("OPT_OUT_TRACKING", "true");
        return settings;
    }

    public String bootstrapServers(ApartOptions options) {
        return options.kafka() != null ? options.kafka() : "127.0.0.1:" + options.port("kafka");
    }

    private static String milvusUri(ApartOptions options) {
        return options.milvus() != null ? options.milvus() : "http://127.0.0.1:" + options.port("milvus");
    }

    /// As `-Xmx` takes it: what `CM3_HEAP_` and the service's name says.
    String heap(String service) {
        String variable = "CM3_HEAP_" + service.toUpperCase(Locale.ROOT).replace('-', '_');
        String heap = environment.getOrDefault(variable, SERVICES.getOrDefault(service, 256) + "m");
        if (heap.matches("[1-9][0-9]*[mg]")) return heap;
        throw Failure.usage("need a size such as 1600m or 2g for %s, got %s".formatted(variable, heap));
    }

    /// Small and quick to start: classes come from an archive, which the build makes.
    private List<String> java(String name, String heap) {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-Dai.djl.offline=true",
                "-XX:SharedArchiveFile=" + built().resolve("target/apart").resolve(name + ".jsa"),
                "-Xlog:disable")); // of an archive that does not fit
    }

    private Path built() {
        Path checkout = platform.checkout();
        if (checkout == null) throw new Failure(Failure.NOT_REACHABLE, "there is no built checkout to start it from");
        return checkout;
    }

    private String platformClasses() {
        return built().resolve("services/standalone/target/platform/lib")
                .resolve("*")
                .toString();
    }

    record Credentials(String accessKey, String secretKey) {
        @Override
        public String toString() {
            return "Credentials[accessKey=" + accessKey + "]";
        }
    }

    /// Of `CM3_S3_ACCESS_KEY` and `CM3_S3_SECRET_KEY`, or made at random once for this folder, for its owner only.
    Credentials credentials() {
        String given = environment.getOrDefault("CM3_S3_ACCESS_KEY", "");
        if (!given.isEmpty()) return new Credentials(given, environment.getOrDefault("CM3_S3_SECRET_KEY", ""));
        Path file = folder.resolve("credentials.properties");
        try {
            Files.createDirectories(folder);
            if (!Files.exists(file)) {
                Path unfinished = folder.resolve("credentials.properties.new");
                Files.deleteIfExists(unfinished);
                Files.createFile(
                        unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(unfinished, "access-key=" + random(10) + "\nsecret-key=" + random(20) + "\n");
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            }
            Properties keys = new Properties();
            try (var in = Files.newBufferedReader(file)) {
                keys.load(in);
            }
            return new Credentials(keys.getProperty("access-key", ""), keys.getProperty("secret-key", ""));
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot use %s: %s".formatted(file, e.getMessage()));
        }
    }

    private static String random(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /// The demo bank goes in once for each folder and build. It is waited for until its first characters can be found;
    /// the rest goes in meanwhile.
    private void publishBank(ApartOptions options, Terminal terminal) {
        Path done = folder.resolve("demo-bank.done"), found = folder.resolve("demo-bank.found");
        if (isNewerThanBuild(done) || processes.find("demo-bank").isPresent()) return;
        try {
            Files.deleteIfExists(done);
            Files.deleteIfExists(found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> command = java("demo-bank", "160m");
        command.addAll(List.of(
                "-XX:+AutoCreateSharedArchive",
                "-cp",
                platformClasses(),
                "dev.cm3leon.standalone.DemoBankJob",
                folder.toString()));
        ProcessHandle job = processes.start(new Part("demo-bank", command, settings(options), 0, Health.PORT));
        long begin = System.nanoTime();
        while (!Files.exists(found) && !Files.exists(done)) {
            Duration waited = Duration.ofNanos(System.nanoTime() - begin);
            if (!job.isAlive() && !Files.exists(done)) {
                throw new Failure(
                        Failure.OTHER,
                        "the demo bank was not published:\n" + LocalPlatform.lastLines(processes.log("demo-bank"), 0));
            }
            if (waited.compareTo(FIRST_DOCUMENTS) > 0) {
                terminal.say("The demo bank is still being indexed.");
                break;
            }
            terminal.progress("Indexing the demo bank", "%d s".formatted(waited.toSeconds()));
            Gateway.pause(100);
        }
        terminal.settle();
    }

    private boolean isNewerThanBuild(Path done) {
        try {
            return Files.exists(done)
                    && Files.getLastModifiedTime(done)
                                    .compareTo(Files.getLastModifiedTime(built().resolve("target/cm3.built")))
                            > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /// Stops everything: the services first, so that they can finish; the servers after them.
    ///
    /// @return whether there was anything to stop
    public boolean down(Terminal terminal) {
        List<String> names = new ArrayList<>(SERVICES.keySet());
        names.add("demo-bank");
        List<String> stopped = new ArrayList<>(processes.stop(names, STOP, terminal));
        stopped.addAll(processes.stop(List.of("milvus", "minio", "versitygw"), STOP, terminal));
        stopped.addAll(processes.stop(List.of("kafka"), STOP, terminal));
        stopped.addAll(processes.stop(List.of("toxiproxy"), STOP, terminal));
        try {
            return Files.deleteIfExists(platform.apartFile()) | !stopped.isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
