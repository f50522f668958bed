package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.FakePlatform.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AskingTest {

    private static final ModelBundle BUNDLE = ModelBundle.open(ModelBundle.DEFAULT);
    private static final byte[] BLACK = new byte[64 * 64 * 3];
    private static final double SCALE = BUNDLE.defaults().editImageGuidanceScale();

    @Test
    void answersComeInTheOrderOfTheRequestsHoweverManyThereAre() {
        try (var platform = new FakePlatform(BUNDLE.id())) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), BUNDLE, 2);

            Answers answers = asking.ask(
                    "many",
                    IntStream.range(0, 70)
                            .mapToObj(i -> asking.draw("picture " + i, Map.of("documents", 0), i))
                            .toList());

            assertThat(platform.requests)
                    .extracting(request -> request.json().get("seed"))
                    .isEqualTo(IntStream.range(2_000_006, 2_000_076).boxed().toList());
            assertThat(answers.results())
                    .extracting(result ->
                            platform.requests.get(Integer.parseInt(result.id())).words())
                    .isEqualTo(
                            IntStream.range(0, 70).mapToObj(i -> "picture " + i).toList());
        }
    }

    @Test
    void settingsStandInEveryRequestButForThoseThatItSays() {
        try (var platform = new FakePlatform(BUNDLE.id())) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), BUNDLE, 1, Map.of("top_p", 0.5, "guidance_on", "all"));
            Map<String, Object> plain = asking.draw("a person", Map.of("documents", 0), 0);

            Answers answers = asking.ask(
                    "settings", List.of(plain, Asking.guided(plain, 2), asking.edit("Make it blue.", BLACK, 1)));

            assertThat(platform.requests)
                    .extracting(request -> request.json().get("sampling"))
                    .containsExactly(
                            Map.of("top_p", 0.5, "guidance_on", "all"),
                            Map.of("top_p", 0.5, "guidance_scale", 2.0, "guidance_on", "prompt"),
                            Map.of("top_p", 0.5, "image_guidance_scale", SCALE));
            assertThat(answers.asked().sampling()).hasSize(3);
        }
    }

    /// Else two models that choose from unlike many would be compared by one hash.
    @Test
    void howManyAreDrawnIsSaidWhereTheModelsOwnIsNotOne(@TempDir Path folder) throws IOException {
        TinyModel.write(folder, 1);
        Path json = folder.resolve("model.json");
        Files.writeString(
                json,
                Files.readString(json).replaceFirst("\"documents\" *: *1", "\"documents\": 1, \"candidates\": 4"));
        ModelBundle bundle = ModelBundle.open(folder);
        try (var platform = new FakePlatform(bundle.id())) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), bundle, 1);
            Map<String, Object> plain = asking.draw("a person", Map.of("documents", 0), 0);
            Map<String, Object> two = new HashMap<>(plain);
            two.put("candidates", 2);

            asking.ask("candidates", List.of(plain, two, asking.edit("Make it blue.", BLACK, 1)));

            assertThat(platform.requests)
                    .extracting(request -> request.json().get("candidates"))
                    .containsExactly(4, 2, 4);
        }
        try (var platform = new FakePlatform(BUNDLE.id())) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), BUNDLE, 1);

            asking.ask("one", List.of(asking.draw("a person", Map.of("documents", 0), 0)));

            assertThat(platform.requests.getFirst().json()).doesNotContainKey("candidates");
        }
    }

    @Test
    void anEditIsAskedForWithTheScaleForPicturesThatIsGiven() {
        try (var platform = new FakePlatform(BUNDLE.id())) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), BUNDLE, 1, Map.of("image_guidance_scale", 3.5));

            asking.ask("edit", List.of(asking.edit("Make it blue.", BLACK, 0)));

            assertThat(platform.requests.getFirst().json().get("sampling"))
                    .isEqualTo(Map.of("image_guidance_scale", 3.5));
        }
    }

    @Test
    void anEditIsAskedForWithTheModelsScaleForPictures() {
        try (var platform = new FakePlatform(BUNDLE.id())) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), BUNDLE, 1);

            asking.ask("edit", List.of(asking.edit("Make it blue.", BLACK, 0)));

            assertThat(platform.requests.getFirst().json().get("sampling"))
                    .isEqualTo(Map.of("image_guidance_scale", SCALE));
        }
    }

    @Test
    void whatWasFoundIsCountedByAnyOfTheDocumentsThatAreRight() {
        try (var platform = new FakePlatform(BUNDLE.id())) {
            platform.model = request -> BLACK;
            PlatformClient client = platform.client();
            var asking = new Asking(client, BUNDLE, 1);
            for (String name : List.of("Ada Quill", "Bo Quill"))
                client.addDocument(name.substring(0, 2).strip(), name, Avatars.png(BLACK));

            Answers answers = asking.ask(
                    "found",
                    List.of(
                            asking.draw("Bo Quill", Map.of("documents", 1), 0),
                            asking.draw("Ada Quill", Map.of("documents", 2), 1),
                            asking.draw("Ada Quill", Map.of("documents", 0), 2)));

            assertThat(answers.found(i -> Set.of("Bo"))).isEqualTo(2);
            assertThat(answers.found(i -> Set.of("Ad"))).isEqualTo(1);
            assertThat(platform.requests)
                    .extracting(Request::documents)
                    .extracting(List::size)
                    .containsExactly(1, 2, 0);
        }
    }

    @Test
    void anotherModelsAnswersAreRefused() {
        try (var platform = new FakePlatform("another@1")) {
            platform.model = request -> BLACK;
            var asking = new Asking(platform.client(), BUNDLE, 1);

            assertThatThrownBy(() -> asking.ask("other", List.of(asking.draw("a", Map.of("documents", 0), 0))))
                    .isInstanceOf(PlatformClient.Refused.class)
                    .hasMessageContaining("drew with another@1, not with " + BUNDLE.id());
        }
    }

    @Test
    void whatThePlatformSaysOfAnErrorIsPassedOn() {
        try (var platform = new FakePlatform(BUNDLE.id())) {
            var asking = new Asking(platform.client(), BUNDLE, 1);

            assertThatThrownBy(() -> asking.ask("given", List.of(asking.draw("a", Map.of("given", List.of("x")), 0))))
                    .isInstanceOf(PlatformClient.Refused.class)
                    .hasMessageContaining("answered 500");
        }
    }
}
