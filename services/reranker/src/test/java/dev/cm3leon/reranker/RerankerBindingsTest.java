package dev.cm3leon.reranker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.ModelRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.messaging.Message;

/// The reranker on the test binder, with a model of random weights.
class RerankerBindingsTest {

    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void start(@TempDir Path folder) {
        TinyModel.write(folder, 1);
        context = new SpringApplicationBuilder(RerankerApplication.class, TestChannelBinderConfiguration.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=reranker")
                .run("--cm3.object-store.kind=memory", "--cm3.model.location=" + folder.toUri());
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    @Test
    void candidatesComeBackInOrderWithBothScores() {
        List<RgbImage> pictures = List.of(picture(1), picture(2), picture(3));
        List<Candidate> candidates = new ArrayList<>();
        for (RgbImage picture : pictures) {
            candidates.add(new Candidate(candidates.size(), Decoding.TOP_P, null, stored(picture), -1, -1));
        }

        Message<byte[]> message = rerank(new CandidatesDecoded(
                request(List.of(new Part.Text("a red jacket"), new Part.Hole(Modality.IMAGE))),
                "tiny@0.0.1",
                candidates));

        var completed = (GenerationCompleted) EventMessages.read(message.getPayload(), GenerationEvent.class);
        assertThat(message.getHeaders())
                .containsEntry("ce_id", "generation-completed.v1:g")
                .containsEntry("ce_type", "generation-completed.v1");
        assertThat(completed.seed()).isEqualTo(7);
        assertThat(completed.candidates()).extracting(RankedCandidate::rank).containsExactly(1, 2, 3);
        try (var clip = context.getBean(ModelRegistry.class).beginning().openClipEncoder()) {
            float[] text = clip.encode("a red jacket");
            for (RankedCandidate ranked : completed.candidates()) {
                double cosine = Vectors.dot(text, clip.encode(pictures.get(ranked.index())));
                assertThat(ranked.clip()).isEqualTo(cosine);
                assertThat(ranked.contrast()).isZero();
            }
        }
        // contrast is the same for all, so CLIP decides
        assertThat(completed.candidates())
                .extracting(RankedCandidate::clip)
                .isSortedAccordingTo(Comparator.reverseOrder());
    }

    @Test
    void aPictureThatIsGoneEndsTheJobWithTheReason() {
        assertThat(failed(new ObjectRef("images/gone", "image/png", 1)))
                .isEqualTo(new GenerationFailed("g", "rerank", "the object is gone: images/gone", "tiny@0.0.1"));
    }

    @Test
    void aPictureThatIsDamagedEndsTheJobToo() {
        String key = "images/00/" + "0".repeat(62) + ".png";
        context.getBean(ObjectStore.class).put(key, new byte[1], "image/png");

        assertThat(failed(new ObjectRef(key, "image/png", 1)).reason()).startsWith("object " + key + " is damaged");
    }

    private static GenerationFailed failed(ObjectRef picture) {
        Candidate candidate = new Candidate(0, Decoding.TOP_P, null, picture, -1, -1);
        var request = request(List.of(new Part.Text("a jacket"), new Part.Hole(Modality.IMAGE)));
        var decoded = new CandidatesDecoded(request, "tiny@0.0.1", List.of(candidate));

        context.getBean(InputDestination.class)
                .send(new EventMessages("test", Instant::now).of(decoded), "candidates-decoded.v1");

        Message<byte[]> message = context.getBean(OutputDestination.class).receive(5000, "generation-failed.v1");
        return (GenerationFailed) EventMessages.read(message.getPayload(), GenerationEvent.class);
    }

    @Test
    void aTextIsJudgedByContrastAlone() {
        Candidate dull = new Candidate(0, Decoding.TOP_P, "a person", null, -1, -1);
        Candidate telling = new Candidate(1, Decoding.TOP_P, "blue hair", null, -2, -3);

        Message<byte[]> message = rerank(new CandidatesDecoded(
                request(List.of(new Part.Text("Describe the given picture. "), new Part.Hole(Modality.TEXT))),
                "tiny@0.0.1",
                List.of(dull, telling)));

        var completed = (GenerationCompleted) EventMessages.read(message.getPayload(), GenerationEvent.class);
        assertThat(completed.candidates()).extracting(RankedCandidate::text).containsExactly("blue hair", "a person");
        assertThat(completed.candidates()).extracting(RankedCandidate::clip).containsOnlyNulls();
    }

    private static Message<byte[]> rerank(CandidatesDecoded decoded) {
        context.getBean(InputDestination.class)
                .send(new EventMessages("test", Instant::now).of(decoded), "candidates-decoded.v1");
        Message<byte[]> message = context.getBean(OutputDestination.class).receive(5000, "generation-completed.v1");
        assertThat(message).as("message on generation-completed.v1").isNotNull();
        return message;
    }

    private static ObjectRef stored(RgbImage picture) {
        byte[] png = Images.png(picture);
        String key = context.getBean(ObjectStore.class).putContent("images", png, ".png", "image/png");
        return new ObjectRef(key, "image/png", png.length);
    }

    private static RgbImage picture(long seed) {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(seed).nextBytes(rgb);
        return new RgbImage(64, 64, rgb);
    }

    private static GenerationRequest request(List<Part> parts) {
        return new GenerationRequest(
                "g", "me", null, parts, new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32), 3, 0, List.of(), 7, null);
    }
}
