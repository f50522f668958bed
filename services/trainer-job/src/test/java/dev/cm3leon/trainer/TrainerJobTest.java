package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole path on the tiny configuration.
class TrainerJobTest {
    @TempDir
    static Path folder;

    private static final List<TrainingEvent> EVENTS = new ArrayList<>();

    @BeforeAll
    static void trainOnce() {
        int status = run(
                EVENTS::add,
                new AtomicBoolean(),
                "demo-tiny",
                "--run",
                "r1",
                "--output",
                folder.resolve("a").toString());
        assertThat(status).isZero();
    }

    @Test
    void tellsEveryStageFromItsFirstReportToItsLastCheckpoint() {
        assertThat(EVENTS).allMatch(event -> event.subject().equals("r1"));
        for (String stage : List.of("vq", "decoder", "clip", "pretrain")) {
            var last = EVENTS.stream()
                    .filter(event -> event instanceof TrainingEvent.TrainingProgress progress
                            && progress.stage().equals(stage))
                    .map(event -> (TrainingEvent.TrainingProgress) event)
                    .toList()
                    .getLast();
            assertThat(last.step()).isEqualTo(last.steps());
            assertThat(last.etaSeconds()).isZero();
            assertThat(EVENTS)
                    .anyMatch(event -> event instanceof TrainingEvent.CheckpointSaved saved
                            && saved.stage().equals(stage)
                            && saved.step() == last.steps());
        }
        assertThat(EVENTS.getLast()).isInstanceOf(TrainingEvent.TrainingCompleted.class);
    }

    @Test
    void theServicesOpenTheBundleAndComputeTheSame() throws IOException {
        var run =
                new Run("r1", TrainingConfiguration.named("demo-tiny"), folder.resolve("a"), event -> {}, () -> false);
        byte[] picture = Avatars.draw(Portrait.random(Ops.random(5, "test", 0)));

        var bundle = ModelBundle.open(folder.resolve("a/bundle"));

        assertThat(bundle.name()).isEqualTo("demo-tiny");
        assertThat(bundle.words()).contains("person", "background", "t-shirt").doesNotContain("zzyzx");
        assertThat(bundle.defaults().topP()).isEqualTo(0.9);
        try (var text = bundle.openTextTokenizer();
                var vq = bundle.openVqTokenizer()) {
            String caption = "a bald person with Ünlü glasses. ";
            assertThat(text.encode(caption)).isEqualTo(BpeStage.finished(run).encode(caption));
            int[] codes = VqStage.finished(run).codes(new byte[][] {picture})[0];
            assertThat(vq.encode(new RgbImage(64, 64, picture))).isEqualTo(codes);
            byte[] ours = VqStage.finished(run).pictures(new int[][] {codes})[0];
            byte[] theirs = vq.decode(codes).rgb();
            for (int i = 0; i < ours.length; i++)
                assertThat(Math.abs((ours[i] & 255) - (theirs[i] & 255))).isLessThan(2);
        }
    }

    @Test
    void theTransformerOfTheBundleHasTheLogitsOfTheTrained() throws IOException {
        var run =
                new Run("r1", TrainingConfiguration.named("demo-tiny"), folder.resolve("a"), event -> {}, () -> false);
        var stream = new PortraitDocuments(run.configuration(), BpeStage.finished(run), VqStage.codes(run))
                .validation()
                .get("right")
                .getFirst();

        float[] ours = PretrainStage.logitsAfter(run, stream);
        float[] theirs = new float[ours.length];
        try (var transformer = ModelBundle.open(folder.resolve("a/bundle")).openTransformer(1, 1)) {
            transformer.admit(stream, -1, theirs);
        }

        for (int i = 0; i < ours.length; i++) assertThat(theirs[i]).isCloseTo(ours[i], within(2e-3f));
    }

    @Test
    void aRunThatIsStoppedAndStartedAgainEndsWithTheSameWeights() throws IOException {
        String output = folder.resolve("b").toString();
        var stop = new AtomicBoolean();
        Consumer<TrainingEvent> stopInTheMiddle = event -> {
            if (event instanceof TrainingEvent.TrainingProgress progress
                    && progress.stage().equals("pretrain")
                    && progress.step() == 20) stop.set(true);
        };

        int first = run(stopInTheMiddle, stop, "demo-tiny", "--output", output);
        int second = run(event -> {}, new AtomicBoolean(), "demo-tiny", "--output", output);

        assertThat(first).isEqualTo(3);
        assertThat(second).isZero();
        for (String file : List.of("vq/model.safetensors", "clip/model.safetensors", "transformer/model.safetensors"))
            assertThat(Files.mismatch(
                            folder.resolve("a/bundle").resolve(file),
                            folder.resolve("b/bundle").resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
    }

    @Test
    void aDamagedCheckpointFailsWithItsStage() throws IOException {
        Path output = folder.resolve("c");
        Files.createDirectories(output.resolve("vq"));
        Safetensors.write(
                output.resolve("vq/checkpoint.safetensors"),
                new dev.cm3leon.trainer.torch.Weights(java.util.Map.of(), java.util.Map.of("step", "3")),
                Safetensors.Precision.F32);
        List<TrainingEvent> events = new ArrayList<>();

        int status = run(events::add, new AtomicBoolean(), "demo-tiny", "--output", output.toString());

        assertThat(status).isEqualTo(1);
        assertThat(events.getLast()).isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> {
            assertThat(failed.stage()).isEqualTo("vq");
            assertThat(failed.reason()).contains("encoder.in.weight");
        });
    }

    @Test
    void refusesWhatItDoesNotKnow() throws IOException {
        Path broken = folder.resolve("broken.json");
        Files.writeString(broken, "{\"nmae\": \"x\"}");
        List<TrainingEvent> events = new ArrayList<>();

        assertThat(run(events::add, new AtomicBoolean(), broken.toString())).isEqualTo(2);
        assertThat(run(event -> {}, new AtomicBoolean(), "demo-tiny", "--fast", "yes"))
                .isEqualTo(2);
        assertThat(run(event -> {}, new AtomicBoolean(), "demo-tiny", "--stages", "vq,dream"))
                .isEqualTo(2);
        assertThat(run(event -> {}, new AtomicBoolean())).isEqualTo(2);

        assertThat(events.getFirst())
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("nmae"));
    }

    private static int run(Consumer<TrainingEvent> events, AtomicBoolean stop, String... arguments) {
        return TrainerJob.run(Arrays.asList(arguments), events, stop);
    }
}
