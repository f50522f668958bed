package dev.cm3leon.trainer.bpe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.text.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Held against a recorded training run of the reference implementation on `corpus.txt`.
class BytePairEncodingTest {
    private static final List<String> REFERENCE_SPECIALS =
            List.of("<s>", "<pad>", "</s>", "<unk>", "<sentinel:0>", "<|end|>");
    private static final List<String> CAPTIONS =
            List.of("a person with spiky blue hair", "a bald person on a blue background", "Zoë, in a red jacket – 3×");

    @Test
    void learnsTheReferencesMerges() throws IOException {
        var expected = text("merges.txt").lines().toList();

        var encoding = BytePairEncoding.train(List.of(text("corpus.txt")), REFERENCE_SPECIALS, 1000);

        assertThat(encoding.mergedTokens().stream().map(merge -> String.join(" ", merge)))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void encodesLikeTheReference() throws IOException {
        var encoding = BytePairEncoding.train(List.of(text("corpus.txt")), REFERENCE_SPECIALS, 1000);

        int compared = 0;
        for (JsonNode sample : new JsonMapper().readTree(text("expected.json"))) {
            String words = sample.get("text").stringValue();
            int[] ids =
                    sample.get("ids").valueStream().mapToInt(JsonNode::intValue).toArray();
            assertThat(encoding.encode(words)).as(words).isEqualTo(ids);
            assertThat(encoding.decode(ids)).isEqualTo(words);
            compared++;
        }
        assertThat(compared).isEqualTo(296);
    }

    @Test
    void theFileThatItWritesMeansTheSameToTheTokenizerOfTheServices() {
        var encoding = BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 300);

        try (var tokenizer = TextTokenizer.open(encoding.json().getBytes(StandardCharsets.UTF_8))) {
            for (String text : List.of("Describe the given picture. ", "a bald person", "Zoë–Ünlü 42\n", "😀 é")) {
                assertThat(encoding.encode(text)).as(text).isEqualTo(tokenizer.encode(text));
            }
        }
    }

    @Test
    void readsWhatItWrote() {
        var encoding = BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 300);

        var again = BytePairEncoding.parse(encoding.json());

        assertThat(again.tokens()).isEqualTo(encoding.tokens());
        assertThat(again.mergedTokens()).isEqualTo(encoding.mergedTokens());
        assertThat(again.encode("a spiky person")).isEqualTo(encoding.encode("a spiky person"));
    }

    @Test
    void refusesAVocabularyThatCannotHoldTheBytes() {
        assertThatThrownBy(() -> BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 259))
                .hasMessageContaining("260")
                .hasMessageContaining("259");
    }

    private static String text(String resource) throws IOException {
        try (var in = BytePairEncodingTest.class.getResourceAsStream("/bpe/" + resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
