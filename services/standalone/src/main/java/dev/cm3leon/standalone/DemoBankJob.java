package dev.cm3leon.standalone;

import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ServiceConfiguration;
import dev.cm3leon.service.VectorIndexProperties;
import dev.cm3leon.vectorindex.DocumentCount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// Publishes the demo bank into a platform whose services are processes of their own, and ends. It finds the servers by
/// the same properties as they do.
final class DemoBankJob {

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
                if (!Files.exists(found)) awaitFound(index, published, found);
            });
            awaitFound(index, all, folder.resolve("demo-bank.done"));
        }
    }

    private static void awaitFound(DocumentCount index, int documents, Path found) {
        try {
            while (index.documents() < documents) Thread.sleep(100);
            Files.createFile(found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
