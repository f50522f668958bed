package dev.cm3leon.standalone;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/// A real Kafka broker and its controller in this JVM (KRaft, one node), with its data in a folder that survives a
/// killed process. Listens on 127.0.0.1 only.
final class KafkaBroker implements AutoCloseable {

    private final CompletableFuture<KafkaRaftServer> server;
    private final int port;

    private KafkaBroker(CompletableFuture<KafkaRaftServer> server, int port) {
        this.server = server;
        this.port = port;
    }

    /// The broker as a process of its own: `FOLDER PORT CONTROLLER-PORT ADVERTISED-PORT`, the last where clients come
    /// in through a proxy.
    public static void main(String[] args) {
        Logging.onlyWarnings();
        KafkaBroker broker = start(
                Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "kafka-stop"));
        broker.server.join().awaitShutdown();
    }

    /// Starts the broker on a thread of its own: its address is known at once, and it takes records after
    /// [#awaitReady].
    static KafkaBroker start(Path folder) {
        int port = Ports.free();
        return start(folder, port, Ports.free(), port);
    }

    private static KafkaBroker start(Path folder, int port, int controllerPort, int advertisedPort) {
        Properties settings = settings(folder.resolve("data"), port, controllerPort, advertisedPort);
        var started = CompletableFuture.supplyAsync(
                () -> {
                    format(folder, settings);
                    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
                    server.startup();
                    return server;
                },
                Thread.ofPlatform().name("kafka-start")::start);
        return new KafkaBroker(started, port);
    }

    /// @throws IllegalStateException when the broker did not start, and why
    void awaitReady() {
        try {
            server.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("the broker did not start: " + e.getCause(), e.getCause());
        }
    }

    /// What one node needs: no replicas, few internal partitions, and no waiting for members that cannot come.
    /// The short broker session lets a restart after a kill begin at once.
    private static Properties settings(Path data, int port, int controllerPort, int advertisedPort) {
        Properties settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + advertisedPort);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.quorum.bootstrap.servers", "127.0.0.1:" + controllerPort);
        settings.put("log.dirs", data.toString());
        settings.put("log.retention.ms", "-1"); // events are small, and what happened is asked for later
        settings.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE)); // as long as the log
        settings.put("log.index.size.max.bytes", Integer.toString(1 << 20));
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));
        settings.put("auto.create.topics.enable", "false");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "4");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.min.session.timeout.ms", "1000");
        settings.put("broker.session.timeout.ms", "6000");
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        settings.put("background.threads", "2");
        settings.put("num.recovery.threads.per.data.dir", "2");
        return settings;
    }

    private static void format(Path folder, Properties settings) {
        if (Files.exists(folder.resolve("data").resolve("meta.properties"))) return;
        try {
            Files.createDirectories(folder);
            Path file = folder.resolve("server.properties");
            try (var out = Files.newBufferedWriter(file)) {
                settings.store(out, null);
            }
            var output = new ByteArrayOutputStream();
            int exit = StorageTool.execute(
                    new String[] {
                        "format", "--standalone", "-t", Uuid.randomUuid().toString(), "-c", file.toString()
                    },
                    new PrintStream(output));
            if (exit != 0) throw new IllegalStateException("could not format " + folder + " for Kafka: " + output);
        } catch (IOException e) {
            throw new UncheckedIOException("could not format " + folder + " for Kafka: " + e.getMessage(), e);
        }
    }

    /// What clients connect to.
    String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        KafkaRaftServer started = server.exceptionally(failed -> null).join();
        if (started == null) return;
        started.shutdown();
        started.awaitShutdown();
    }
}
