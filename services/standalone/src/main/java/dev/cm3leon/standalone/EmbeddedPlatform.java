package dev.cm3leon.standalone;

import dev.cm3leon.gateway.GatewayApplication;
import dev.cm3leon.generator.GeneratorApplication;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.orchestrator.TrainerOrchestratorApplication;
import dev.cm3leon.reranker.RerankerApplication;
import dev.cm3leon.retriever.RetrieverApplication;
import dev.cm3leon.service.Events;
import dev.cm3leon.tokenizer.TokenizerApplication;
import dev.cm3leon.vectorindex.VectorIndex;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/// A running platform on a data folder. Services can be stopped and started again while the rest runs.
///
/// The folder holds `credentials.properties`, `kafka/`, `objects/`, `index/` and, while it starts and runs,
/// `platform.json`.
public final class EmbeddedPlatform implements AutoCloseable {

    /// Every service, the gateway last: when its port answers, the others are there.
    public static final List<Service> SERVICES = List.of(
            new Service("tokenizer", TokenizerApplication.class, false),
            new Service("retriever", RetrieverApplication.class, false),
            new Service("generator", GeneratorApplication.class, false),
            new Service("reranker", RerankerApplication.class, false),
            new Service("trainer-orchestrator", TrainerOrchestratorApplication.class, false),
            new Service("gateway", GatewayApplication.class, true));

    private static final Logger log = LoggerFactory.getLogger(EmbeddedPlatform.class);
    private static final Duration FIRST_DOCUMENTS = Duration.ofSeconds(60);

    private final Path folder;
    private final PlatformOptions options;
    private final int port;
    private final Credentials credentials;
    private final CompletableFuture<Integer> firstDocuments = new CompletableFuture<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    /// What all services count: the gateway tells it. A service that stops must not close it for the others.
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT) {
        @Override
        public void close() {}
    };

    private final KafkaBroker kafka;
    private final S3Server s3;
    private final Map<String, ConfigurableApplicationContext> contexts = new LinkedHashMap<>();
    private @Nullable Thread bank;

    /// Starts a platform; it is ready when this returns.
    ///
    /// @throws IllegalStateException when the folder is in use or the port is taken
    public static EmbeddedPlatform start(Path folder, PlatformOptions options) {
        Logging.belongsToTheProcess();
        return new EmbeddedPlatform(folder.toAbsolutePath().normalize(), options);
    }

    private EmbeddedPlatform(Path folder, PlatformOptions options) {
        this.folder = folder;
        this.options = options;
        this.port = options.port() == 0 ? Ports.free() : options.port();
        if (!Ports.isFree(port)) {
            throw new IllegalStateException(
                    "port " + port + " of 127.0.0.1 is taken by another program; choose another one with CM3_PORT");
        }
        try {
            opened.add(FolderLock.take(folder));
            writePlatformJson("\"starting\":true");
            credentials = Credentials.of(folder.resolve("credentials.properties"));
            kafka = opened(KafkaBroker.start(folder.resolve("kafka")));
            s3 = opened(S3Server.start(folder.resolve("objects"), credentials));
            startServices();
            kafka.awaitReady(); // also where there is no service
            if (options.demoBank()) {
                ConfigurableApplicationContext any =
                        contexts.values().iterator().next();
                bank = Thread.ofVirtual().name("demo-bank").start(() -> publishBank(any));
            }
            options.services().stream().filter(Service::web).forEach(service -> start(service.name()));
            if (options.demoBank()) awaitFirstDocuments();
            writePlatformJson("\"kafka\":\"%s\",\"s3\":\"%s\"".formatted(bootstrapServers(), objectStore()));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("could not use " + folder + ": " + e.getMessage(), e);
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        opened.add(part);
        return part;
    }

    /// In the background: the platform is used meanwhile.
    private void publishBank(ConfigurableApplicationContext any) {
        try {
            int documents = new DemoBank(
                            folder.resolve("demo-bank.txt"),
                            any.getBean(ObjectStore.class),
                            any.getBean(Events.class)::publish)
                    .publish(firstDocuments::complete);
            log.info("{} documents of the demo bank published", documents);
        } catch (RuntimeException e) {
            log.warn("the demo bank was not published whole; the next start goes on with it", e);
        } finally {
            firstDocuments.complete(0);
        }
    }

    /// A newcomer asks for a character of the first shard at once: it is indexed before the platform counts as ready,
    /// unless that takes too long. Nothing is waited for when this folder's bank was published before.
    private void awaitFirstDocuments() {
        if (!contexts.containsKey("retriever")) return;
        VectorIndex index = contexts.get("retriever").getBean(VectorIndex.class);
        long deadline = System.nanoTime() + FIRST_DOCUMENTS.toNanos();
        try {
            int published = firstDocuments.get(FIRST_DOCUMENTS.toSeconds(), TimeUnit.SECONDS);
            while (index.size() < published && System.nanoTime() < deadline) Thread.sleep(50);
        } catch (TimeoutException | ExecutionException e) {
            log.warn("the demo bank is still being indexed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// All but the one with the port, two at a time, which is what starting them can use.
    private void startServices() {
        try (var threads = Executors.newFixedThreadPool(2)) {
            Map<String, Future<ConfigurableApplicationContext>> starting = new LinkedHashMap<>();
            for (Service service : options.services()) {
                if (!service.web()) starting.put(service.name(), threads.submit(() -> launch(service)));
            }
            RuntimeException failure = null;
            for (var entry : starting.entrySet()) { // all of them, so that those which did start are closed
                try {
                    contexts.put(entry.getKey(), entry.getValue().get());
                } catch (ExecutionException e) {
                    failure = new IllegalStateException(entry.getKey() + " did not start: " + e.getCause(), e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    failure = new IllegalStateException("interrupted while starting " + entry.getKey(), e);
                }
            }
            if (failure != null) throw failure;
        }
    }

    /// Starts a service that is not running.
    public synchronized ConfigurableApplicationContext start(String name) {
        if (contexts.containsKey(name)) throw new IllegalStateException(name + " is running");
        ConfigurableApplicationContext context = launch(service(name));
        contexts.put(name, context);
        return context;
    }

    private ConfigurableApplicationContext launch(Service service) {
        long begin = System.nanoTime();
        List<String> arguments = new ArrayList<>();
        settings(service).forEach((property, value) -> arguments.add("--" + property + "=" + value));
        ConfigurableApplicationContext context = new SpringApplicationBuilder(service.application())
                .initializers(starting -> {
                    starting.getBeanFactory().registerSingleton("prometheusRegistry", meters.getPrometheusRegistry());
                    starting.getBeanFactory().registerSingleton("prometheusMeterRegistry", meters);
                    starting.getBeanFactory().registerSingleton("brokerFirst", new BrokerFirst());
                })
                .web(service.web() ? WebApplicationType.SERVLET : WebApplicationType.NONE)
                .main(service.application())
                .logStartupInfo(false)
                .registerShutdownHook(false) // the platform stops them, in order
                .run(arguments.toArray(String[]::new));
        log.info("service={} started in {} ms", service.name(), (System.nanoTime() - begin) / 1_000_000);
        return context;
    }

    /// A context is made while the broker starts, and waits for it before anything of it runs.
    private final class BrokerFirst implements SmartLifecycle {
        private volatile boolean running;

        @Override
        public void start() {
            kafka.awaitReady();
            running = true;
        }

        @Override
        public void stop() {
            running = false;
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public int getPhase() {
            return Integer.MIN_VALUE;
        }
    }

    private Service service(String name) {
        return options.services().stream()
                .filter(service -> service.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("there is no service " + name));
    }

    private Map<String, String> settings(Service service) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spring.config.name", service.name());
        settings.put("spring.kafka.bootstrap-servers", bootstrapServers());
        settings.put("cm3.kafka.partitions", "2"); // what bindings with two threads ask for
        settings.put("cm3.kafka.session-timeout-ms", "6000");
        settings.put("cm3.object-store.kind", "minio");
        settings.put("cm3.object-store.endpoint", objectStore().toString());
        settings.put("cm3.object-store.access-key", credentials.accessKey());
        settings.put("cm3.object-store.secret-key", credentials.secretKey());
        settings.put("cm3.vector-index.kind", "lucene");
        settings.put("cm3.vector-index.folder", folder.resolve("index").toString());
        settings.put("cm3.home", folder.toString());
        settings.put("server.address", "127.0.0.1");
        settings.put("server.port", Integer.toString(service.web() ? port : 0));
        settings.putAll(options.properties());
        return settings;
    }

    /// Stops a running service, as a crash of its process would look to the others: what it had not finished
    /// comes again.
    public synchronized void stop(String name) {
        ConfigurableApplicationContext context = contexts.remove(name);
        if (context == null) throw new IllegalStateException(name + " is not running");
        context.close();
    }

    /// The context of a running service.
    public synchronized ConfigurableApplicationContext context(String name) {
        ConfigurableApplicationContext context = contexts.get(name);
        if (context == null) throw new IllegalStateException(name + " is not running");
        return context;
    }

    /// Where the gateway listens.
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// The broker's address.
    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /// The S3 endpoint.
    public URI objectStore() {
        return s3.endpoint();
    }

    /// Who is here, for `cm3 up` and `cm3 down`.
    private void writePlatformJson(String more) throws IOException {
        String json = "{\"pid\":%d,\"port\":%d,%s}\n"
                .formatted(ProcessHandle.current().pid(), port, more);
        Path unfinished = folder.resolve("platform.json.new");
        Files.writeString(unfinished, json);
        Files.move(unfinished, folder.resolve("platform.json"), StandardCopyOption.ATOMIC_MOVE);
    }

    /// Stops everything: the gateway first, so that nothing new comes in; the broker and the lock last.
    @Override
    public synchronized void close() {
        if (opened.isEmpty()) return; // closed, or the folder is another platform's
        if (bank != null) bank.interrupt();
        for (String name : List.copyOf(contexts.keySet()).reversed()) {
            closeQuietly(name, contexts.remove(name));
        }
        for (AutoCloseable part : List.copyOf(opened).reversed()) {
            closeQuietly(part.getClass().getSimpleName(), part);
        }
        opened.clear();
        try {
            Files.deleteIfExists(folder.resolve("platform.json"));
        } catch (IOException e) {
            log.warn("platform.json could not be removed: {}", e.getMessage());
        }
    }

    private static void closeQuietly(String what, AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) { // the others are to be stopped too
            log.warn("{} did not stop well", what, e);
        }
    }
}
