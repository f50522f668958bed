package dev.cm3leon.standalone;

import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ServiceConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// A service for tests: answers `document-added.v1` with `document-rejected.v1`, after as many failures as the
/// text says.
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(ServiceConfiguration.class)
class EchoApplication {

    static final Service SERVICE = new Service("echo", EchoApplication.class, false);

    @Bean
    AtomicInteger calls() {
        return new AtomicInteger();
    }

    @Bean
    Consumer<DocumentAdded> echo(Events events, AtomicInteger calls) {
        return added -> {
            String text = String.valueOf(added.content().text());
            int call = calls.incrementAndGet();
            if (text.startsWith("unreachable") && call <= 3) {
                throw new UncheckedIOException("the store is away", new IOException());
            }
            if (text.startsWith("impossible")) throw new IllegalArgumentException("a document of no kind");
            events.publish(new DocumentRejected(added.document(), "echo", text));
        };
    }
}
