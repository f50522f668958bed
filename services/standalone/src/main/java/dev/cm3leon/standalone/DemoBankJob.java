package dev.cm3leon.standalone;

import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ServiceConfiguration;
import dev.cm3leon.service.VectorIndexProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// Publishes the demo bank into a platform whose services are processes of their own, and ends. It finds the servers by
/// the same properties as they do.
final class DemoBankJob {

    private static final Logger log = LoggerFactory.getLogger(DemoBankJob.class);

    private DemoBankJob() {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(ServiceConfiguration.class)
    static class Application {}

    /// @param args the data folder: `demo-bank.txt` names the shards that are published, `demo-bank.found` is
    ///     there when the documents of the first can be found, `demo-bank.done` when all can
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        try (var context = new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.NONE)
                        .run(
                                "--spring.config.import=classpath:cm3-service.yml",
                                "--spring.application.name=demo-bank");
                var index = context.getBean(VectorIndexProperties.class).count(context.getBean(ObjectStore.class))) {
            var bank = new DemoBank(
                    folder.resolve("demo-bank.txt"),
                    context.getBean(ObjectStore.class),
                    context.getBean(Events.class)::publish);
            Path found = folder.resolve("demo-bank.found");
            int all = bank.publish(published -> {
                if (!Files.exists(found)) awaitFound(index::documents, published, found);
            });
            awaitFound(index::documents, all, folder.resolve("demo-bank.done"));
        }
    }

    /// Waits until so many can be counted, also while the index cannot be reached.
    static void awaitFound(LongSupplier index, int documents, Path found) {
        try {
            while (counted(index) < documents) Thread.sleep(100);
            Files.createFile(found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long counted(LongSupplier index) {
        try {
            return index.getAsLong();
        } catch (UncheckedIOException e) {
            log.warn("it is not known yet what can be found: {}", e.getMessage());
            return -1;
        }
    }
}
