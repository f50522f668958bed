package dev.cm3leon.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.objectstore.MemoryObjectStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoBankTest {

    @TempDir
    Path folder;

    private final MemoryObjectStore objects = new MemoryObjectStore();
    private final List<DocumentAdded> published = new ArrayList<>();

    @Test
    void filesOfOneKeyAreOneDocumentWithItsImageStored() throws IOException {
        byte[] shard = tar(
                "mira.png",
                "pixels",
                "mira.txt",
                "Mira, with blue hair\n",
                "mira.json",
                "{\"id\":\"mira\",\"licence\":\"CC0-1.0\",\"source\":\"us\"}",
                "note.txt",
                "only text");

        var documents = bank().documents(new ByteArrayInputStream(shard));

        assertThat(documents).hasSize(2);
        Document mira = documents.getFirst().content();
        assertThat(mira.id()).isEqualTo("mira");
        assertThat(mira.text()).isEqualTo("Mira, with blue hair");
        assertThat(mira.licence()).isEqualTo("CC0-1.0");
        assertThat(objects.get(mira.image().key())).hasValue("pixels".getBytes(UTF_8));
        assertThat(documents.getLast().content())
                .isEqualTo(new Document("note", "public", "only text", null, null, null));
    }

    @Test
    void anIndexThatCannotBeReachedForAMomentIsAskedAgain() {
        Path found = folder.resolve("found");
        Iterator<Long> counts = List.of(-1L, 2L, -1L, 3L).iterator();

        DemoBankJob.awaitFound(
                () -> {
                    long count = counts.next();
                    if (count < 0) throw new UncheckedIOException(new IOException("deadline exceeded"));
                    return count;
                },
                3,
                found);

        assertThat(found).exists();
        assertThat(counts).isExhausted();
    }

    @Test
    void theBankIsPublishedOncePerFolder() {
        int first = bank().publish(count -> {});
        int second = bank().publish(count -> {});

        assertThat(first).isGreaterThan(150).isEqualTo(published.size());
        assertThat(second).isZero();
    }

    @Test
    void everyDocumentOfTheBankHasTextImageLicenceAndAnIdOfItsOwn() {
        bank().publish(count -> {});

        Set<String> ids = new HashSet<>();
        for (DocumentAdded added : published) {
            Document document = added.content();
            assertThat(ids.add(document.id())).as(document.id()).isTrue();
            assertThat(document.text()).as(document.id()).isNotBlank();
            assertThat(document.licence()).as(document.id()).isNotBlank();
            assertThat(objects.exists(document.image().key())).as(document.id()).isTrue();
        }
    }

    @Test
    void aShardThatWasNotPublishedWholeIsPublishedAgain() throws IOException {
        var failing = new DemoBank(folder.resolve("demo-bank.txt"), objects, event -> {
            throw new IllegalStateException("the broker is away");
        });

        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> failing.publish(count -> {})))
                .hasMessage("the broker is away");
        assertThat(Files.exists(folder.resolve("demo-bank.txt"))).isFalse();
        assertThat(bank().publish(count -> {})).isGreaterThan(150);
    }

    private DemoBank bank() {
        return new DemoBank(folder.resolve("demo-bank.txt"), objects, event -> published.add((DocumentAdded) event));
    }

    private static byte[] tar(String... namesAndContents) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(bytes)) {
            for (int i = 0; i < namesAndContents.length; i += 2) {
                byte[] content = namesAndContents[i + 1].getBytes(UTF_8);
                var entry = new TarArchiveEntry(namesAndContents[i]);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }
}
