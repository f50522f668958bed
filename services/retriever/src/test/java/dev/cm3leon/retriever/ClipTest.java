package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.Terms;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A model with a published CLIP: its documents, and what is found, held to the numbers of transformers.
class ClipTest {

    private static final Filter ANY = Filter.of(Set.of("public"));
    private static final JsonNode IO = JsonMapper.shared().readTree(resource("clip-tiny-hf/io.json"));
    private static final Safetensors NUMBERS =
            Safetensors.read("io.safetensors", ByteBuffer.wrap(resource("clip-tiny-hf/io.safetensors")));

    @TempDir
    private Path folder;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final List<Document> documents = new ArrayList<>();
    private Bank bank;
    private Clip clip;

    @BeforeEach
    void indexPicturesWithTexts() {
        TinyModel.writeWithPublishedClip(folder, 1);
        ModelBundle bundle = ModelBundle.open(folder);
        bank = Bank.inMemory(bundle.clip());
        clip = Clip.of(bundle, bank, store, ListedDocuments.NONE);
        for (int i = 0; i < IO.get("images").size(); i++) {
            byte[] png =
                    resource("images/" + IO.get("images").get(i).get("file").asString());
            var image = new ObjectRef(store.putContent("images", png, ".png", "image/png"), "image/png", png.length);
            documents.add(new Document("d" + i, "public", text(i), image, null, null));
        }
        assertThat(clip.adding()
                        .index(documents.stream()
                                .map(document -> new DocumentTokenized(document, bundle.id(), Instant.EPOCH))
                                .toList()))
                .hasSize(documents.size())
                .allMatch(event -> event instanceof DocumentIndexed);
    }

    @AfterEach
    void close() {
        clip.close();
        bank.close();
    }

    @Test
    void documentsHaveTheVectorsOfTheReference() {
        assertThat(clip.dimension()).isEqualTo(40);
        for (int i = 0; i < documents.size(); i++) {
            Embedding embedding = clip.documents().encode(documents.get(i));

            assertThat(embedding.image()).usingComparatorWithPrecision(1e-5f).containsExactly(image(i));
            assertThat(embedding.document()).usingComparatorWithPrecision(1e-5f).containsExactly(both(i));
        }
    }

    @Test
    void pictureAndTextFindWhatTheReferenceFinds() {
        for (int i = 0; i < documents.size(); i++) {
            HybridSearch search = clip.search(new RareWords(Set.copyOf(Terms.of(text(i)))));
            List<Hit> alike = search.find(search.query(documents.get(i).image()), ANY, documents.size());
            List<Hit> said = search.find(search.query(text(i)), ANY, documents.size());

            assertThat(alike).hasSize(documents.size());
            for (Hit hit : alike) {
                assertThat(hit.score()).isCloseTo(Vectors.dot(image(i), image(number(hit))), within(1e-4));
            }
            assertThat(said).hasSize(documents.size());
            for (Hit hit : said) {
                float[] words = row("text_embeds", i);
                assertThat(hit.score()).isCloseTo(Vectors.dot(words, both(number(hit))), within(1e-4));
            }
            assertThat(alike.stream().max(Comparator.comparingDouble(Hit::score)))
                    .map(Hit::id)
                    .hasValue("d" + i);
        }
    }

    /// The bank of one cannot be searched with the other: it is asked to be built anew.
    @Test
    void ourOwnClipSeesAnotherBank(@TempDir Path other) {
        ModelBundle own = TinyModel.open(other, 1);

        Bank seen = bank.with(own.clip(), own.clipEmbedding());

        assertThat(bank.outdated()).isEmpty();
        assertThat(seen.outdated()).get().asString().contains("was made for another layout or encoder");
        assertThat(own.clipEmbedding()).isNotEqualTo(clip.dimension());
    }

    private static int number(Hit hit) {
        return Integer.parseInt(hit.id().substring(1));
    }

    private static String text(int i) {
        return IO.get("texts").get(i).get("text").asString();
    }

    private static float[] image(int i) {
        return row("image_embeds", i);
    }

    /// Of a text without words the picture counts alone.
    private static float[] both(int i) {
        return text(i).isBlank() ? image(i) : Vectors.document(row("text_embeds", i), image(i));
    }

    private static float[] row(String tensor, int row) {
        int width = (int) NUMBERS.shape(tensor)[1];
        return Arrays.copyOfRange(NUMBERS.floats(tensor), row * width, (row + 1) * width);
    }

    private static byte[] resource(String name) {
        try (InputStream in = ClipTest.class.getResourceAsStream("/clip/" + name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
