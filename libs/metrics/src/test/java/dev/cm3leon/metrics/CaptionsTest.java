package dev.cm3leon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Held to the reference scorers on 60 images with five captions each.
class CaptionsTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-9);
    private final JsonNode file = References.json("captions.json");
    private final List<Captioned> all = captions();

    @Test
    void bleuIsThatOfTheReference() {
        for (int i = 0; i < all.size(); i++) {
            double[] bleu = Bleu.sentence(all.get(i));
            for (int n = 1; n <= 4; n++) {
                assertThat(bleu[n - 1]).as("image %d, BLEU-%d", i, n).isCloseTo(score(i, "BLEU-" + n), CLOSE);
            }
        }
        double[] corpus = Bleu.corpus(all);
        for (int n = 1; n <= 4; n++) {
            assertThat(corpus[n - 1])
                    .isCloseTo(file.get("corpus").get("BLEU-" + n).asDouble(), CLOSE);
        }
    }

    @Test
    void rougeIsThatOfTheReference() {
        for (int i = 0; i < all.size(); i++) {
            assertThat(RougeL.sentence(all.get(i))).as("image %d", i).isCloseTo(score(i, "ROUGE-L"), CLOSE);
        }
        assertThat(RougeL.corpus(all))
                .isCloseTo(file.get("corpus").get("ROUGE-L").asDouble(), CLOSE);
        for (JsonNode edge : file.get("rouge_edge_cases_tokenised")) {
            var captioned = new Captioned(edge.get("candidate").asString(), References.strings(edge.get("references")));
            assertThat(RougeL.sentence(captioned))
                    .as(edge.toString())
                    .isCloseTo(edge.get("ROUGE-L").asDouble(), CLOSE);
        }
    }

    @Test
    void ciderIsThatOfTheReference() {
        double[] scores = Cider.scores(all);

        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i]).as("image %d", i).isCloseTo(score(i, "CIDEr-D"), CLOSE);
        }
        assertThat(Cider.corpus(all))
                .isCloseTo(file.get("corpus").get("CIDEr-D").asDouble(), CLOSE);
    }

    @Test
    void noCaptionsAtAllAreRefused() {
        assertThatThrownBy(() -> Cider.corpus(List.of())).hasMessageContaining("got 0");
    }

    @Test
    void tokensAreThoseOfTheReference() {
        for (JsonNode image : file.get("images")) {
            var expected = new Captioned(
                    image.get("candidate_tokenised").asString(), References.strings(image.get("references_tokenised")));
            assertThat(Captioned.of(image.get("candidate").asString(), References.strings(image.get("references"))))
                    .isEqualTo(expected);
        }
        for (JsonNode text : file.get("tokenizer_cases")) {
            assertThat(PtbTokenizer.tokenize(text.get("raw").asString()))
                    .as(text.get("raw").asString())
                    .isEqualTo(text.get("tokens_kept").asString());
        }
    }

    private double score(int image, String name) {
        return file.get("images").get(image).get("scores").get(name).asDouble();
    }

    private List<Captioned> captions() {
        var captions = new ArrayList<Captioned>();
        for (JsonNode image : file.get("images")) {
            captions.add(new Captioned(
                    image.get("candidate_tokenised").asString(),
                    References.strings(image.get("references_tokenised"))));
        }
        return captions;
    }
}
