package dev.cm3leon.standalone;

import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ServiceConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.event.ConsumerStartedEvent;
import org.springframework.kafka.listener.MessageListenerContainer;

/// A service for tests: answers `document-added.v1` with `document-rejected.v1`, or fails as the text says.
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(ServiceConfiguration.class)
class EchoApplication {

    /// How often in a row the store is away.
    static final int AWAY = 250;

    static final Service SERVICE = new Service("echo", EchoApplication.class, false);

    @Bean
    AtomicInteger calls() {
        return new AtomicInteger();
    }

    /// Those that deliver: from inside they can be looked at before they have stopped.
    @Bean
    ApplicationListener<ConsumerStartedEvent> containers(List<MessageListenerContainer> containers) {
        return started -> containers.add((MessageListenerContainer) started.getSource());
    }

    @Bean
    List<MessageListenerContainer> started() {
        return new CopyOnWriteArrayList<>();
    }

    @Bean
    Consumer<DocumentAdded> echo(Events events, AtomicInteger calls, List<MessageListenerContainer> containers) {
        return added -> {
            String text = String.valueOf(added.content().text());
            int call = calls.incrementAndGet();
            if (text.startsWith("unreachable") && call <= AWAY) {
                throw new UncheckedIOException("the store is away", new IOException());
            }
            if (text.startsWith("impossible")) throw new IllegalArgumentException("a document of no kind");
            while (text.startsWith("until stopped") && containers.getLast().isRunning())
                LockSupport.parkNanos(1_000_000);
            events.publish(new DocumentRejected(added.document(), "echo", text, added.at()));
        };
    }
}
