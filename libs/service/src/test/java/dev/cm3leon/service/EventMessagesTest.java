package dev.cm3leon.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventMessagesTest {

    private final EventMessages messages =
            new EventMessages("generator", () -> Instant.parse("2026-11-24T20:00:00.123456789Z"));

    @Test
    void setsEveryAttributeOfABinaryCloudEvent() {
        var message = messages.of(new GenerationProgress("g-1", 12, 64, 300.5, List.of(7, 8), null));

        assertThat(message.getHeaders())
                .containsEntry("ce_specversion", "1.0")
                .containsEntry("ce_id", "generation-progress.v1:g-1:12")
                .containsEntry("ce_type", "generation-progress.v1")
                .containsEntry("ce_subject", "g-1")
                .containsEntry("ce_time", "2026-11-24T20:00:00.123456789Z")
                .containsEntry("ce_datacontenttype", "application/json")
                .containsEntry("spring.cloud.stream.sendto.destination", "generation-progress.v1");
        assertThat(message.getHeaders().get("ce_source")).hasToString("generator");
        assertThat(message.getHeaders().get("kafka_messageKey")).isEqualTo("g-1".getBytes(UTF_8));
    }

    @Test
    void theSameEventHasTheSameId() {
        var event = new GenerationFailed("g-1", "generate", "no such model", "demo@1");

        assertThat(event.eventId()).isEqualTo("generation-failed.v1:g-1");
        assertThat(messages.of(event).getHeaders().get("ce_id")).isEqualTo(event.eventId());
    }

    @Test
    void readsWhatItWrote() {
        GenerationEvent event = new GenerationProgress("g-1", 12, 64, 300.5, List.of(7, 8), null);

        assertThat(EventMessages.read(messages.of(event).getPayload(), GenerationEvent.class))
                .isEqualTo(event);
    }

    @Test
    void ignoresWhatANewerWriterTells() {
        byte[] json = """
                {"type":"generation-failed.v1","generation":"g","step":"s","reason":"r","hint":"new"}""".getBytes(UTF_8);

        assertThat(EventMessages.read(json, GenerationEvent.class))
                .isEqualTo(new GenerationFailed("g", "s", "r", null));
    }

    @Test
    void saysWhyAnEventCannotBeRead() {
        assertThatThrownBy(() -> EventMessages.read("{\"type\":\"party.v1\"}".getBytes(UTF_8), GenerationEvent.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a GenerationEvent")
                .hasMessageContaining("party.v1");
        assertThatThrownBy(() -> EventMessages.read("pixels".getBytes(UTF_8), GenerationEvent.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pixels");
        assertThatThrownBy(() -> EventMessages.read("null".getBytes(UTF_8), GenerationEvent.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a GenerationEvent: null");
    }

    @Test
    void refusesAnEventOverSixtyFourKilobytesNamingTypeAndSize() {
        var fits = new GenerationFailed("g-1", "s", "x".repeat(65_400), null);
        var tooLarge = new GenerationFailed("g-1", "s", "x".repeat(66_000), null);

        assertThat(messages.of(fits).getPayload()).hasSizeLessThanOrEqualTo(65_536);
        assertThatThrownBy(() -> messages.of(tooLarge))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("generation-failed.v1 of g-1")
                .hasMessageContaining("66086 bytes")
                .hasMessageContaining("65536");
    }
}
