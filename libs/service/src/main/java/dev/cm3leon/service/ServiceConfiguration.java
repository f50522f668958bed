package dev.cm3leon.service;

import dev.cm3leon.objectstore.ObjectStore;
import io.micrometer.observation.ObservationRegistry;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.function.context.config.MessageConverterHelper;
import org.springframework.cloud.stream.annotation.StreamRetryTemplate;
import org.springframework.cloud.stream.binder.kafka.support.ConsumerConfigCustomizer;
import org.springframework.cloud.stream.config.ListenerContainerCustomizer;
import org.springframework.cloud.stream.function.StreamBridge;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.core.retry.Retryable;
import org.springframework.integration.MessageTimeoutException;
import org.springframework.integration.config.GlobalChannelInterceptor;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.support.KafkaUtils;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.util.backoff.ExponentialBackOff;
import org.springframework.util.backoff.FixedBackOff;

/// The beans of every service: `@Import(ServiceConfiguration.class)`, with `spring.config.import:
/// classpath:cm3-service.yml` beside it.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ObjectStoreProperties.class, VectorIndexProperties.class, ModelProperties.class})
public class ServiceConfiguration {

    private static final Logger log = LoggerFactory.getLogger(ServiceConfiguration.class);
    private static final int TELL_EVERY = 12; // tries: about once a minute

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    EventMessages eventMessages(@Value("${spring.application.name}") String service, InstantSource clock) {
        return new EventMessages(service, clock);
    }

    /// Spring would call the function with the raw bytes after a failed conversion; this fails with the reason.
    @Bean
    MessageConverterHelper failWithTheReason() {
        return new MessageConverterHelper() {
            @Override
            public boolean shouldFailIfCantConvert(Message<?> message, @Nullable Throwable reason) {
                if (reason instanceof IllegalArgumentException unreadable) throw unreadable;
                return true;
            }
        };
    }

    @Bean
    Events events(StreamBridge bridge, EventMessages messages) {
        return new Events(bridge, messages);
    }

    @Bean
    Steps steps(EventMessages messages, InstantSource clock) {
        return new Steps(messages, clock);
    }

    @Bean
    ObjectStore objectStore(ObjectStoreProperties properties) {
        return properties.open();
    }

    @Bean
    Spans spans(ObservationRegistry registry) {
        return new Spans(registry);
    }

    /// Logs name the job (document, run) that an event is about, from the moment it is delivered.
    @Bean
    @GlobalChannelInterceptor(patterns = "*-in-*")
    ChannelInterceptor jobInLogs() {
        return new ChannelInterceptor() {
            @Override
            public Message<?> preSend(Message<?> message, MessageChannel channel) {
                Object subject = message.getHeaders().get("ce_subject");
                if (subject != null) MDC.put(Spans.JOB, subject.toString());
                return message;
            }

            @Override
            public void afterSendCompletion(
                    Message<?> message, MessageChannel channel, boolean sent, @Nullable Exception failure) {
                MDC.remove(Spans.JOB);
            }
        };
    }

    /// Only services that serve a model open one.
    @Bean
    @Lazy
    ModelRegistry modelRegistry(ObjectStore store, ModelProperties properties) {
        return new ModelRegistry(store, properties);
    }

    /// Nothing is tried again here. What would fail the same way goes to the dead letters at once; what may go better
    /// later is thrown on to the container's error handler, which waits and tries again.
    @StreamRetryTemplate
    RetryTemplate passOnWhatMayHelp() {
        return new RetryTemplate(RetryPolicy.withMaxRetries(0)) {
            @Override
            public <R extends @Nullable Object> R execute(Retryable<R> work) throws RetryException {
                try {
                    return super.execute(work);
                } catch (RetryException e) {
                    if (mayHelp(e) && e.getCause() instanceof RuntimeException later) throw later;
                    throw e;
                }
            }
        };
    }

    /// What may go better later is delivered again until it does, however long that takes. The consumer polls before
    /// each try, so it stays in its group. A poll that is refused for login or rights is tried again too:
    /// a consumer that ended with it would leave a service that looks well and hears nothing.
    @Bean
    ListenerContainerCustomizer<AbstractMessageListenerContainer<?, ?>> waitForWhatMayHelp(
            @Value("${cm3.retry.longest-wait:5s}") Duration longest) {
        var waits = new ExponentialBackOff(100, 2);
        waits.setMaxInterval(longest.toMillis());
        return (container, topics, group) -> {
            var handler = new DefaultErrorHandler(new FixedBackOff(0, 0)); // the rest where there are no dead letters
            handler.setBackOffFunction((record, failure) -> mayHelp(failure) ? waits : null);
            handler.setRetryListeners((record, failure, attempt) -> {
                if (attempt % TELL_EVERY != 1) return;
                log.warn("{} waits: {}", KafkaUtils.format(record), String.valueOf(whatMayHelp(failure)));
            });
            container.setCommonErrorHandler(handler);
            container.getContainerProperties().setAuthExceptionRetryInterval(longest);
        };
    }

    /// Every binding is a consumer group of its own, `GROUP.BINDING`: in a group that two bindings share, a slow step
    /// of one would hold up the other at every rebalance.
    @Bean
    ConsumerConfigCustomizer oneGroupForEachBinding() {
        return (consumer, binding, topics) -> consumer.computeIfPresent(
                ConsumerConfig.GROUP_ID_CONFIG,
                (property, group) -> group.toString().startsWith("anonymous.") ? group : group + "." + binding);
    }

    /// A store that cannot be reached tells so itself; a broker that goes away while a result is sent, or refuses our
    /// login or rights, by its client. The dead letter would be refused as the result was, and the job be lost.
    static boolean mayHelp(@Nullable Throwable failure) {
        return whatMayHelp(failure) != null;
    }

    private static @Nullable Throwable whatMayHelp(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UncheckedIOException
                    || cause instanceof RetriableException
                    || cause instanceof AuthenticationException
                    || cause instanceof AuthorizationException
                    || cause instanceof MessageTimeoutException) {
                return cause;
            }
        }
        return null;
    }
}
