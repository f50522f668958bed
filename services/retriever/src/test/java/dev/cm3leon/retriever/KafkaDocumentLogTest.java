package dev.cm3leon.retriever;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.service.EventMessages;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaDocumentLogTest {

    private final List<DocumentTokenized> read = new ArrayList<>();

    @Test
    void readsADocument() {
        var document =
                new DocumentTokenized(new Document("a", "public", "words", null, null, null), "tiny@1", Instant.EPOCH);

        KafkaDocumentLog.read(
                record(new EventMessages("tokenizer", () -> Instant.EPOCH)
                        .of(document)
                        .getPayload()),
                read);

        assertThat(read).containsExactly(document);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "null", "words", "{\"type\":\"document-tokenized.v2\"}"})
    void whatIsNoDocumentIsPassedOver(String value) {
        KafkaDocumentLog.read(record(value == null ? null : value.getBytes(UTF_8)), read);

        assertThat(read).isEmpty();
    }

    private static ConsumerRecord<byte[], byte[]> record(byte[] value) {
        return new ConsumerRecord<>("document-tokenized.v1", 0, 0, null, value);
    }
}
