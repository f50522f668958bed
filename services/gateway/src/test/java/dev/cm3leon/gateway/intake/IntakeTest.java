package dev.cm3leon.gateway.intake;

import static dev.cm3leon.gateway.Examples.START;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.Part;
import dev.cm3leon.gateway.Examples;
import dev.cm3leon.gateway.Once;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.objectstore.MemoryObjectStore;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class IntakeTest {

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final ImageIntake images = new ImageIntake(store, IntakeTest::mediaType);
    private final GenerationIntake intake = new GenerationIntake(Examples.model(), images, "public");

    @Test
    void aPromptIsATextAndAnImageHoleWithTheModelsDefaults() {
        var request = generation("{\"prompt\": \"a cat\", \"seed\": 7}");

        assertThat(request.parts()).containsExactly(new Part.Text("a cat"), new Part.Hole(Modality.IMAGE));
        assertThat(request.model()).isEqualTo("tiny@1");
        assertThat(request.sampling().decoding()).isEqualTo(Decoding.TOP_P);
        assertThat(request.sampling().guidanceScale()).isEqualTo(3.0);
        assertThat(request.sampling().minP()).isEqualTo(0.05);
        assertThat(request.candidates()).isEqualTo(2);
        assertThat(request.seed()).isEqualTo(7);
    }

    @Test
    void aSeedThatIsNotGivenFollowsFromTheId() {
        assertThat(generation("{\"prompt\": \"a cat\"}").seed())
                .isEqualTo(generation("{\"prompt\": \"a cat\"}").seed())
                .isBetween(0L, 1L << 32);
    }

    @Test
    void anImageOfThePromptGoesIntoTheStore() {
        var request = generation("""
                {"parts": [{"type": "text", "text": "Describe the given picture. "},
                           {"type": "hole", "modality": "text"},
                           {"type": "image", "image": {"b64": "%s"}}]}""".formatted(base64("PNG picture")));

        assertThat(request.parts().get(2)).asInstanceOf(type(Part.Image.class)).satisfies(part -> {
            assertThat(part.image().mediaType()).isEqualTo("image/png");
            assertThat(store.get(part.image().key())).hasValue("PNG picture".getBytes(UTF_8));
        });
        assertThat(request.documents()).isZero();
    }

    @Test
    void aTextIsGuidedWhereDocumentsAreAskedForOrAScaleIs() {
        String image = "{\"image\": {\"b64\": \"%s\"}%%s}".formatted(base64("PNG picture"));

        assertThat(scale(image.formatted(""))).isEqualTo(1);
        assertThat(scale(image.formatted(", \"question\": \"What is it?\""))).isEqualTo(1);
        assertThat(scale(image.formatted(", \"sampling\": {\"guidance_scale\": 2}")))
                .isEqualTo(2);
        assertThat(scale(
                        image.formatted(", \"retrieval\": {\"documents\": 1}, \"sampling\": {\"max_text_tokens\": 1}")))
                .isEqualTo(3);
        assertThat(scale("{\"prompt\": \"a cat\", \"retrieval\": {\"documents\": 0}}"))
                .isEqualTo(3);
    }

    private double scale(String body) {
        return generation(body).sampling().guidanceScale();
    }

    /// The model of the tests says what it sees before yes or no.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {}                                                             | Describe the given picture.
            {"retrieval": {"documents": 1}, "sampling": {"max_text_tokens": 1}} |
            {"question": "What colour is it?"}                             | Question: What colour is it? Answer:
            {"question": "What colour is it?", "step_by_step": true}       | Let's think step-by-step:
            {"question": " Isn't it red? "}                                | Let's think step-by-step:
            {"question": "Is it red?", "step_by_step": false}              | Question: Is it red? Answer:
            {"question": "Is it a cat or a dog?"}                          | Question: Is it a cat or a dog? Answer:
            """)
    void anImageAloneIsDescribedOrAskedAbout(String asked, @Nullable String words) {
        String image = "{\"image\": {\"b64\": \"%s\"}%s"
                .formatted(base64("PNG picture"), asked.equals("{}") ? "}" : ", " + asked.substring(1));

        List<Part> parts = generation(image).parts();

        assertThat(parts.getLast()).isInstanceOf(Part.Image.class);
        assertThat(parts.get(parts.size() - 2)).isEqualTo(new Part.Hole(Modality.TEXT));
        assertThat(parts).hasSize(words == null ? 2 : 3);
        if (words != null)
            assertThat(parts.getFirst())
                    .asInstanceOf(type(Part.Text.class))
                    .satisfies(part -> assertThat(part.text().strip()).endsWith(words));
    }

    @Test
    void aRegionOfAnImageIsAHole() {
        var request = generation("""
                {"parts": [{"type": "text", "text": "a red hat"},
                           {"type": "image", "image": {"b64": "%s"},
                            "region": {"x": 0, "y": 0.5, "width": 0.5, "height": 0.5}}],
                 "sampling": {"top_k": 40, "text_temperature": 0.5}}""".formatted(base64("PNG picture")));

        assertThat(request.parts().get(1)).asInstanceOf(type(Part.Region.class)).satisfies(part -> {
            assertThat(part.region()).isEqualTo(new Part.Rectangle(0, 0.5, 0.5, 0.5));
            assertThat(store.get(part.image().key())).hasValue("PNG picture".getBytes(UTF_8));
        });
        assertThat(request.documents()).as("documents of an edit").isZero();
        assertThat(request.sampling().topK()).isEqualTo(40);
        assertThat(request.sampling().textTemperature()).isEqualTo(0.5);
        assertThat(request.sampling().imageGuidanceScale()).isNull();
    }

    @Test
    void aJobCanBeAskedForAgainAsItIsShown() {
        var request = generation("""
                {"parts": [{"type": "text", "text": "a red hat "}, {"type": "hole", "modality": "text"},
                           {"type": "image", "image": {"b64": "%1$s"}},
                           {"type": "image", "image": {"b64": "%1$s"},
                            "region": {"x": 0, "y": 0.5, "width": 0.5, "height": 0.5}}],
                 "sampling": {"top_k": 40, "text_temperature": 0.5, "image_guidance_scale": 1.5}}""".formatted(base64("PNG picture")));
        JsonMapper json = JsonMapper.shared();

        var again = generation("{\"parts\": %s, \"sampling\": %s}"
                .formatted(
                        json.writeValueAsString(request.parts().stream()
                                .map(NewGeneration.PartBody::of)
                                .toList()),
                        json.writeValueAsString(NewGeneration.SamplingBody.of(request.sampling()))));

        assertThat(again.parts()).isEqualTo(request.parts());
        assertThat(again.sampling()).isEqualTo(request.sampling());
        assertThat(request.sampling().guidanceScale()).isEqualTo(4); // the model's own for editing
        assertThat(request.sampling().guidanceOn()).isNull();
    }

    @Test
    void guidanceMayBeOnDocuments() {
        var request = generation("""
                {"prompt": "a", "sampling": {"guidance_scale": 2, "guidance_on": "documents"}}""");

        assertThat(request.sampling().guidanceOn()).isEqualTo(GuidanceOn.DOCUMENTS);
        assertThat(generation("{\"prompt\": \"a\"}").sampling().guidanceOn())
                .as("the model's own")
                .isEqualTo(GuidanceOn.PROMPT);
        assertThat(JsonMapper.shared().writeValueAsString(NewGeneration.SamplingBody.of(request.sampling())))
                .contains("\"guidance_on\":\"documents\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"x": 0, "y": 0, "width": 1}                        | x, y, width and height
            {"x": 0.5, "y": 0, "width": 0.6, "height": 1}       | inside of the unit square
            {"x": 0, "y": 0, "width": 0.001, "height": 0.001}   | half of a cell
            """)
    void aRegionThatIsNoneIsRefused(String region, String why) {
        String body = """
                {"parts": [{"type": "image", "image": {"b64": "%s"}, "region": %s}]}""".formatted(base64("PNG picture"), region);

        assertThatThrownBy(() -> generation(body))
                .asInstanceOf(type(Refusal.class))
                .satisfies(refusal -> assertThat(refusal.getMessage()).contains("parts[0].region", why));
    }

    @Test
    void deadlinesCountFromNow() {
        assertThat(generation("{\"prompt\": \"a cat\", \"deadline_seconds\": 1.5}")
                        .deadline())
                .isEqualTo(START.plusMillis(1500));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {}                                                              | parts                     | prompt
            {"prompt": "  "}                                                | prompt                    | some text
            {"prompt": "a", "parts": []}                                    | prompt                    | not both
            {"prompt": "a", "promt": "b"}                                   | promt                     | candidates, deadline_seconds, image, model, parts, prompt, question, retrieval, sampling, seed, step_by_step
            {"prompt": 5}                                                   | prompt                    | a string
            {"prompt": "a", "image": {"b64": "eA=="}}                       | image                     | no prompt
            {"image": {"b64": "*"}}                                         | image.b64                 | not base64
            {"image": {"b64": "eA=="}, "question": " "}                     | question                  | some text
            {"question": "Is it red?"}                                      | question                  | come with an image
            {"image": {"b64": "eA=="}, "step_by_step": true}                | step_by_step              | come with a question
            {"prompt": "a", "candidates": "many"}                           | candidates                | a whole number, got "many"
            {"prompt": "a", "candidates": 1.5}                              | candidates                | a whole number
            {"prompt": "a", "candidates": 0}                                | candidates                | from 1 to 16, got 0
            {"prompt": "a", "candidates": 17}                               | candidates                | from 1 to 16, got 17
            {"prompt": "a", "sampling": {"temperature": 1e-40}}             | sampling.temperature      | from 1.0E-6 to 10, got 1.0E-40
            {"prompt": "a", "sampling": {"temperature": "hot"}}             | sampling.temperature      | a number, got "hot"
            {"prompt": "a", "sampling": {"top_p": 1.1}}                     | sampling.top_p            | at most 1, got 1.1
            {"prompt": "a", "sampling": {"topP": 1}}                        | sampling.topP             | cd_alpha, cd_amateur_temperature, cd_expert_temperature, cd_k, decoding, guidance_on, guidance_scale, image_guidance_scale, max_text_tokens, min_p, temperature, text_temperature, top_k, top_p
            {"prompt": "a", "sampling": {"top_k": 0}}                       | sampling.top_k            | from 1 to 1048576, got 0
            {"prompt": "a", "sampling": {"min_p": 1.5}}                     | sampling.min_p            | from 0 to 1, got 1.5
            {"prompt": "a", "sampling": {"cd_amateur_temperature": 0}}      | sampling.cd_amateur_temperature | from 1.0E-6 to 10, got 0
            {"prompt": "a", "sampling": {"text_temperature": 0}}            | sampling.text_temperature | from 1.0E-6 to 10, got 0
            {"prompt": "a", "sampling": {"image_guidance_scale": 1.5}}      | parts                     | need a given image for three streams, got none
            {"parts": [{"type": "text", "text": "a", "region": {"x": 0, "y": 0, "width": 1, "height": 1}}, {"type": "hole", "modality": "image"}]} | parts[0].region | does not go with type text
            {"prompt": "a", "sampling": {"decoding": "beam"}}               | sampling.decoding         | top-p, cd-k, both, got "beam"
            {"prompt": "a", "sampling": {"guidance_scale": -1}}             | sampling.guidance_scale   | from 0 to 20, got -1
            {"prompt": "a", "sampling": {"guidance_on": "text"}}            | sampling.guidance_on      | prompt, documents, all, got "text"
            {"prompt": "a", "sampling": {"guidance_on": "all", "image_guidance_scale": 1.5}} | sampling.guidance_on | left out where sampling.image_guidance_scale
            {"prompt": "a", "sampling": {"cd_alpha": 0}}                    | sampling.cd_alpha         | at most 1, got 0
            {"prompt": "a", "sampling": {"cd_k": 0}}                        | sampling.cd_k             | from 1 to 4096, got 0
            {"prompt": "a", "sampling": {"max_text_tokens": 65}}            | sampling.max_text_tokens  | from 1 to 64, got 65
            {"prompt": "a", "retrieval": {"documents": 5}}                  | retrieval.documents       | from 0 to 4, got 5
            {"prompt": "a", "retrieval": {"given": ["../x"]}}               | retrieval.given           | ../x
            {"prompt": "a", "retrieval": {"given": ["a"], "documents": 2}}  | retrieval.documents       | 1 as retrieval.given has, got 2
            {"prompt": "a", "deadline_seconds": -1}                         | deadline_seconds          | got -1
            {"prompt": "a", "deadline_seconds": 0}                          | deadline_seconds          | more than 0
            {"prompt": "a", "seed": "x"}                                    | seed                      | a whole number, got "x"
            {"prompt": "a", "seed": 99999999999999999999}                   | seed                      | a whole number from -9223372036854775808 to 9223372036854775807, got 99999999999999999999
            {"prompt": "a", "candidates": 9999999999}                       | candidates                | a whole number from -2147483648 to 2147483647, got 9999999999
            {"parts": [{"type": "text", "text": "a"}]}                      | parts                     | type hole
            {"parts": [{"type": "hole", "modality": "text"}, {"type": "text", "text": "a"}, {"type": "hole", "modality": "text"}]} | parts[2] | at most one hole for text (a region is one for an image), got 2
            {"parts": [{"type": "hole", "modality": "image"}, {"type": "hole", "modality": "image"}]} | parts[1] | at most one hole for an image (a region is one for an image), got 2
            {"parts": [{"type": "image", "image": {"b64": "UE5H"}, "region": {"x": 0, "y": 0, "width": 1, "height": 1}}, {"type": "hole", "modality": "image"}]} | parts[1] | at most one hole for an image
            {"parts": [{"type": "image", "image": {"b64": "UE5H"}, "region": {"x": 0, "y": 0, "width": 1, "height": 0.5}}, {"type": "image", "image": {"b64": "UE5H"}, "region": {"x": 0, "y": 0, "width": 1, "height": 0.5}}]} | parts[1] | at most one hole for an image
            {"parts": [{"type": "sound"}]}                                  | parts[0].type             | text, image, hole, got "sound"
            {"parts": [{"text": "a"}]}                                      | parts[0].type             | text, image, hole
            {"parts": [{"type": "hole", "modality": "sound"}]}              | parts[0].modality         | text, image, got "sound"
            {"parts": [{"type": "hole", "modality": "text", "text": "a"}]}  | parts[0].text             | does not go with type hole
            {"parts": [{"type": "hole"}]}                                   | parts[0].modality         | text, image
            {"parts": [{"type": "image", "image": {}}, {"type": "hole", "modality": "text"}]}                | parts[0].image     | b64 or key, got neither
            {"parts": [{"type": "image", "image": {"b64": "*"}}, {"type": "hole", "modality": "text"}]}      | parts[0].image.b64 | not base64
            {"parts": [{"type": "image", "image": {"b64": "bm9uZQ=="}}, {"type": "hole", "modality": "text"}]} | parts[0].image.b64 | not an image
            {"parts": [{"type": "image", "image": {"key": "secrets/1"}}, {"type": "hole", "modality": "text"}]} | parts[0].image.key | "secrets/1"
            {"parts": [{"type": "hole", "modality": "image"}], "retrieval": {"documents": 1}} | retrieval.documents | 0 without a text to search with
            {"parts": [{"type": "text", "text": "a"}, {"type": "hole", "modality": "text"}], "retrieval": {"documents": 1}} | retrieval.documents | 0 without an image to search with
            {"parts": "a"}                                                  | parts                     | an array
            """)
    void aWrongFieldIsRefusedByNameWithWhatIsAllowed(String body, String field, String says) {
        assertThatThrownBy(() -> generation(body)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.status()).isEqualTo(400);
            assertThat(refusal.field()).isEqualTo(field);
            assertThat(refusal.message()).contains(says);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"seed": "x",
            {"seed": "x"} trailing
            {"prompt": 5, "prompt": "x"}
            {"prompt": "x", "prompt": "y"}
            """)
    void whatIsNoJsonIsRefusedAsThatWhateverFieldIsWrongToo(String body) {
        assertThatThrownBy(() -> generation(body)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.status()).isEqualTo(400);
            assertThat(refusal.message()).startsWith("the body is not JSON: ");
        });
    }

    @Test
    void aPromptOverTheContextIsRefusedWithBothLengths() {
        String words = "word ".repeat(70).strip();

        assertThatThrownBy(() -> generation("{\"prompt\": \"" + words + "\"}"))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.status()).isEqualTo(400);
                    assertThat(refusal.field()).isEqualTo("prompt");
                    // E, 70 words, B; 4 codes are to be made; the context is 64
                    assertThat(refusal.message())
                            .startsWith("prompt: ")
                            .contains("72 tokens")
                            .contains("76")
                            .contains("64");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            parts    | {"parts": [{"type": "text", "text": "WORDS"}, {"type": "hole", "modality": "image"}]}
            question | {"image": {"b64": "UE5H"}, "question": "WORDS"}
            image    | {"image": {"b64": "UE5H"}, "sampling": {"max_text_tokens": 64}}
            """)
    void whatIsOverTheContextIsRefusedByTheFieldThatTheBodyHas(String field, String body) {
        assertThatThrownBy(() ->
                        generation(body.replace("WORDS", "word ".repeat(70).strip())))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.field()).isEqualTo(field);
                    assertThat(refusal.message()).startsWith(field + ": ").contains("the context");
                });
    }

    @Test
    void aStoredImageThatCannotBeReadOrIsTooLargeIsRefusedByItsKey() {
        String key = store.putContent("images", "none".getBytes(UTF_8), ".png", "image/png");
        String body = "{\"image\": {\"key\": \"%s\"}}".formatted(key);
        var noRoom = new ImageIntake(store, bytes -> {
            throw Refusal.tooLarge("image", "too many pixels");
        });
        var full = new GenerationIntake(Examples.model(), noRoom, "public");

        assertThatThrownBy(() -> generation(body)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.field()).isEqualTo("image.key");
            assertThat(refusal.message()).startsWith("image.key is not an image");
        });
        assertThatThrownBy(
                        () -> full.generation(Bodies.read(body.getBytes(UTF_8), NewGeneration.class), "some-id", START))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.status()).isEqualTo(413);
                    assertThat(refusal.field()).isEqualTo("image.key");
                });
    }

    @Test
    void whatWouldMakeAnEventTooLargeIsRefusedByNameAndLimit() {
        String parts = "{\"parts\": [%s{\"type\": \"hole\", \"modality\": \"image\"}]}"
                .formatted("{\"type\": \"text\", \"text\": \"a\"}, ".repeat(64));
        String document = "{\"image\": {\"b64\": \"UE5H\"}, \"FIELD\": \"%s\"}";

        assertThatThrownBy(() -> generation(parts)).hasMessage("parts is to have at most 64 parts, got 65");
        String text = "{\"type\": \"text\", \"text\": \"%s\"}".formatted("a".repeat(10_001));
        assertThatThrownBy(() -> generation(
                        "{\"parts\": [%1$s, {\"type\": \"hole\", \"modality\": \"text\"}, %1$s]}".formatted(text)))
                .hasMessage("parts is to have at most 20000 characters of text in all, got 20002");
        assertThatThrownBy(() -> document(document.replace("FIELD", "licence").formatted("a".repeat(129))))
                .hasMessage("licence is to have at most 128 characters, got 129");
        assertThatThrownBy(() -> document(document.replace("FIELD", "source").formatted("a".repeat(2001))))
                .hasMessage("source is to have at most 2000 characters, got 2001");
    }

    @Test
    void roomIsLeftForDocumentsThatAreNotKnownYet() {
        String words = "word ".repeat(20).strip();
        generation("{\"prompt\": \"" + words + "\"}");

        assertThatThrownBy(() -> generation("{\"prompt\": \"" + words + "\", \"retrieval\": {\"documents\": 1}}"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("room for 1 documents");
    }

    @Test
    void anUnknownModelIsNotFound() {
        assertThatThrownBy(() -> generation("{\"prompt\": \"a\", \"model\": \"gpt\"}"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(404))
                .hasMessageContaining("gpt");
    }

    @Test
    void aDocumentsIdFollowsFromItsContent() {
        String body = "{\"text\": \"%s\", \"image\": {\"b64\": \"" + base64("PNG picture") + "\"}}";

        assertThat(document(body.formatted("a cat"))).isEqualTo(document(body.formatted("a cat")));
        assertThat(document(body.formatted("a cat")).id())
                .isNotEqualTo(document(body.formatted("a dog")).id());
    }

    @Test
    void aSearchIsAmongTheDocumentsThatAPromptIsGiven() {
        var wanted = new NewSearch("a cat", null, null, null, null, null);

        assertThat(new SearchIntake(images, "public", () -> START)
                        .question(wanted)
                        .tenants())
                .containsExactly("public");
        assertThat(new SearchIntake(images, "a", () -> START).question(wanted).tenants())
                .containsExactly("public", "a");
    }

    @Test
    void oneKeyOfTwoTenantsIsTwoThings() {
        List<String> ids = Stream.of("public", "a", "b")
                .map(tenant -> Once.id("a key", tenant))
                .toList();

        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids).contains("8fa3aab2faa9b79e0a0398da5b5abd07"); // as ever, of everybody's
    }

    @Test
    void whatTwoTenantsHaveIsTwoDocuments() {
        var wanted = new NewDocument(null, "a cat", ImageIntake.body("PNG picture".getBytes(UTF_8)), null, null);
        List<String> ids = Stream.of("public", "a", "b")
                .map(tenant -> new DocumentIntake(images, tenant, 44, IntakeTest::words))
                .map(door -> door.document(wanted).id())
                .toList();

        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void aDocumentWhoseTextDoesNotFitIntoAPromptIsRefusedWithBothLengths() {
        String body = "{\"text\": \"%s\", \"image\": {\"b64\": \"" + base64("PNG picture") + "\"}}";

        assertThat(document(body.formatted("word ".repeat(44))).text()).startsWith("word word");
        assertThatThrownBy(() -> document(body.formatted("word ".repeat(45))))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.field()).isEqualTo("text"))
                .hasMessage("text is to have at most 44 tokens, so that it fits into a prompt, got 45");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"text": "a cat"}                                       | image     | b64
            {"text": "a", "image": {"b64": "UE5H"}, "id": "a/b"}    | id        | a/b
            {"texts": "a"}                                          | texts     | id, image, licence, source, text
            """)
    void aWrongDocumentIsRefusedByName(String body, String field, String says) {
        assertThatThrownBy(() -> document(body)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.field()).isEqualTo(field);
            assertThat(refusal.message()).contains(says);
        });
    }

    private GenerationRequest generation(String body) {
        return intake.generation(Bodies.read(body.getBytes(UTF_8), NewGeneration.class), "some-id", START);
    }

    private dev.cm3leon.events.DocumentEvent.Document document(String body) {
        return new DocumentIntake(images, "public", 44, IntakeTest::words)
                .document(Bodies.read(body.getBytes(UTF_8), NewDocument.class));
    }

    private static int words(String text) {
        return Examples.model().encode().apply(text).length;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    private static String mediaType(byte[] bytes) {
        if (new String(bytes, UTF_8).startsWith("PNG")) return "image/png";
        throw new IllegalArgumentException("it does not begin like one");
    }
}
