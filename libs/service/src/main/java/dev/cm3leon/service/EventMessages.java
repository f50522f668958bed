package dev.cm3leon.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.Event;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.function.cloudevent.CloudEventMessageBuilder;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.converter.AbstractMessageConverter;
import org.springframework.messaging.converter.MessageConversionException;
import org.springframework.util.MimeTypeUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Events as messages and back: JSON in a binary CloudEvent, keyed by subject. (The trainer, which has no
/// Spring, writes the same by itself.)
public final class EventMessages extends AbstractMessageConverter {

    /// The largest event in bytes of JSON: what is larger belongs into the object store.
    public static final int MAX_BYTES = 64 * 1024;

    /// An event has more than [#MAX_BYTES].
    public static final class TooLargeException extends IllegalArgumentException {
        private TooLargeException(String message) {
            super(message);
        }
    }

    /// Where a function's output goes: read by Spring Cloud Stream.
    static final String DESTINATION = "spring.cloud.stream.sendto.destination";

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // a newer writer may tell more
            .build();

    private final String source;
    private final InstantSource clock;

    /// @param source the service's name
    public EventMessages(String source, InstantSource clock) {
        super(MimeTypeUtils.APPLICATION_JSON);
        this.source = source;
        this.clock = clock;
    }

    /// The message of an event, addressed to the topic of its type. The same event has the same id, every time.
    ///
    /// @throws TooLargeException naming type and size when it is larger than [#MAX_BYTES]
    public Message<byte[]> of(Event event) {
        byte[] json = JSON.writeValueAsBytes(event);
        if (json.length > MAX_BYTES) {
            throw new TooLargeException(
                    event.type() + " of " + event.subject() + " has " + json.length + " bytes, more than " + MAX_BYTES);
        }
        return CloudEventMessageBuilder.withData(json)
                .setSpecVersion("1.0")
                .setId(event.eventId())
                .setSource(source)
                .setType(event.type())
                .setSubject(event.subject())
                .setHeader("ce-time", clock.instant().toString())
                .setDataContentType(MimeTypeUtils.APPLICATION_JSON_VALUE)
                .setHeader(MessageHeaders.CONTENT_TYPE, MimeTypeUtils.APPLICATION_JSON_VALUE)
                .setHeader(KafkaHeaders.KEY, event.subject().getBytes(UTF_8))
                .setHeader(DESTINATION, event.type())
                .build("ce_");
    }

    /// Whether an event has at most [#MAX_BYTES].
    public static boolean fits(Event event) {
        return JSON.writeValueAsBytes(event).length <= MAX_BYTES;
    }

    /// Reads an event of a family, e.g. `GenerationEvent`, or of one type.
    ///
    /// @throws IllegalArgumentException saying what is wrong when the JSON is none
    public static <E extends Event> E read(byte[] json, Class<E> family) {
        E event;
        try {
            event = JSON.readValue(json, family);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not a " + family.getSimpleName() + ": " + e.getOriginalMessage(), e);
        }
        if (event == null) throw new IllegalArgumentException("not a " + family.getSimpleName() + ": null");
        return event;
    }

    static <E extends Event> E read(Message<?> message, Class<E> family) {
        if (!(message.getPayload() instanceof byte[] json)) {
            throw new MessageConversionException(
                    "need JSON bytes, got " + message.getPayload().getClass());
        }
        return read(json, family);
    }

    @Override
    protected boolean supports(Class<?> type) {
        return Event.class.isAssignableFrom(type);
    }

    /// What cannot be read fails here, with the reason, and is dead-lettered.
    @Override
    protected Object convertFromInternal(Message<?> message, Class<?> family, @Nullable Object hint) {
        return read(message, family.asSubclass(Event.class));
    }

    @Override
    protected Object convertToInternal(Object event, @Nullable MessageHeaders headers, @Nullable Object hint) {
        throw new MessageConversionException(
                "an event is sent by EventMessages.of or Events.publish, with its attributes: "
                        + event.getClass().getSimpleName());
    }
}
