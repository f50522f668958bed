package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.MixedDocuments;
import dev.cm3leon.trainer.run.Curves;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.torch.Workers;
import dev.cm3leon.trainer.transformer.TransformerModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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
    void aJobOfSomeStagesDoesNotTellTheRunAsCompleted() {
        List<TrainingEvent> told = new ArrayList<>();

        int status = run(
                told::add,
                new AtomicBoolean(),
                "demo-tiny",
                "--output",
                folder.resolve("a").toString(),
                "--stages",
                "evaluate,export");

        assertThat(status).isZero();
        assertThat(told).noneMatch(TrainingEvent.TrainingCompleted.class::isInstance);
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

    /// The transformer knows other codes, of which there are as many.
    @Test
    void theServicesOpenABundleWhoseImageTokenizerIsAVqgan() throws IOException {
        Path output = folder.resolve("vqgan");
        pretrained(output);
        for (String stage : List.of("vq", "decoder"))
            Files.delete(output.resolve(stage).resolve("model.safetensors"));
        var json = (ObjectNode) new JsonMapper()
                .readTree(TrainingConfiguration.named("demo-tiny").json());
        var vq = (ObjectNode) json.get("vq");
        vq.put("architecture", "vqgan").put("channels", 32).put("blocks", 1).put("latent_channels", 16);
        vq.putArray("multipliers").add(1).add(1).add(1).add(1);
        vq.putArray("attention").add(8);
        vq.putArray("encoder_width");
        vq.putArray("decoder_width");
        vq.put("steps", 8)
                .put("batch", 4)
                .put("warm_up", 2)
                .put("restart_every", 2)
                .put("decoder_steps", 0);
        vq.put("adversarial", 0.5).put("adversarial_from", 4).put("perceptual", 1.0);
        Path file = Files.writeString(folder.resolve("vqgan.json"), json.toString());
        byte[] picture = Avatars.draw(Portrait.random(Ops.random(5, "test", 0)));

        int status = run(event -> {}, new AtomicBoolean(), file.toString(), "--output", output.toString());

        assertThat(status).isZero();
        var trained =
                VqStage.finished(new Run("r1", TrainingConfiguration.read(file), output, event -> {}, () -> false));
        var bundle = ModelBundle.open(output.resolve("bundle"));
        assertThat(bundle.weights("vq").tensors())
                .containsKeys("quantize.embedding.weight", "decoder.mid.attn_1.q.weight");
        try (var tokenizer = bundle.openVqTokenizer()) {
            int[] codes = trained.codes(new byte[][] {picture})[0];
            assertThat(tokenizer.encode(new RgbImage(64, 64, picture))).isEqualTo(codes);
            byte[] ours = trained.pictures(new int[][] {codes})[0];
            byte[] theirs = tokenizer.decode(codes).rgb();
            for (int i = 0; i < ours.length; i++)
                assertThat(Math.abs((ours[i] & 255) - (theirs[i] & 255))).isLessThan(2);
        }
    }

    @Test
    void theTransformerOfTheBundleHasTheLogitsOfTheTrained() throws IOException {
        var run =
                new Run("r1", TrainingConfiguration.named("demo-tiny"), folder.resolve("a"), event -> {}, () -> false);
        var stream = new MixedDocuments(run.configuration(), BpeStage.finished(run), VqStage.codes(run))
                .validation()
                .get("right")
                .getFirst();

        float[] ours = logitsAfter(trained(run), stream);
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
        int first = run(stopAt(20, stop), stop, "demo-tiny", "--output", output);
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
    void aRunThatContinuesAnotherKeepsItsTextTokenizerAndItsCodes() throws IOException {
        for (String file : List.of("bpe/tokenizer.json", "vq/model.safetensors", "pretrain/model.safetensors")) {
            Path copy = folder.resolve("more/base").resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(folder.resolve("a").resolve(file), copy);
        }

        int status = run(
                event -> {},
                new AtomicBoolean(),
                "tiny-more",
                "--output",
                folder.resolve("more").toString());

        assertThat(status).isZero();
        var base = ModelBundle.open(folder.resolve("a/bundle"));
        var more = ModelBundle.open(folder.resolve("more/bundle"));
        assertThat(more.vocabulary().textSize()).isEqualTo(base.vocabulary().textSize());
        assertThat(more.vocabulary().imageCodes()).isEqualTo(96);
        float[] old = WeightFiles.read(folder.resolve("a/bundle/vq/model.safetensors"))
                .array("codebook.weight")
                .values();
        float[] all = WeightFiles.read(folder.resolve("more/bundle/vq/model.safetensors"))
                .array("codebook.weight")
                .values();
        assertThat(Arrays.copyOf(all, old.length)).isEqualTo(old);
        assertThat(Arrays.copyOfRange(all, old.length, all.length)).doesNotContain(0f);
    }

    @Test
    void whatTheBaseKnowsIsKnownBeforeTheFirstStep() throws IOException {
        var base =
                new Run("r1", TrainingConfiguration.named("demo-tiny"), folder.resolve("a"), event -> {}, () -> false);
        var run = new Run(
                "r2", TrainingConfiguration.named("tiny-more"), folder.resolve("more2"), event -> {}, () -> false);
        int[] text = BpeStage.finished(base).encode("a bald person with");
        var stream = new TokenStream.Builder().append(2).append(text).build();
        float[] known = logitsAfter(trained(base), stream);

        float[] first = logitsAfter(PretrainStage.continued(run, base), stream);

        int texts = BpeStage.finished(base).size(),
                codes = base.configuration().vq().codes();
        int more = run.configuration().vq().codes() - codes;
        for (int id = 0; id < known.length; id++) {
            int place = id < texts + codes ? id : id + more;
            if (place < first.length) assertThat(first[place]).isCloseTo(known[id], within(1e-4f));
        }
    }

    /// The finished transformer, as it is shipped.
    private static TransformerModel trained(Run run) {
        var sizes =
                PretrainStage.sizes(run.configuration(), BpeStage.finished(run).size());
        var model = new TransformerModel(sizes, Ops.random(0, "", 0), false);
        model.restore(PretrainStage.finished(run));
        return model;
    }

    /// Logits (V) after a stream, where no image cell comes next.
    private static float[] logitsAfter(TransformerModel model, TokenStream stream) {
        int length = stream.length();
        long[] ids = new long[length], rows = new long[length], columns = new long[length];
        var grid = new Grid(model.configuration().grid());
        int[] cells = stream.nextCells(-1);
        for (int t = 0; t < length; t++) {
            ids[t] = stream.ids()[t];
            rows[t] = grid.row(cells[t]);
            columns[t] = grid.column(cells[t]);
        }
        Tensor logits = model.forward(
                Tensor.create(ids, 1, length), Tensor.create(rows, 1, length), Tensor.create(columns, 1, length));
        return Parameters.toArray(logits.select(1, length - 1L));
    }

    /// Such a base has more than its first training, no place for more codes, or another image tokenizer.
    @Test
    void refusesABaseThatCannotBeContinued() throws IOException {
        List<TrainingEvent> events = new ArrayList<>();
        Path tuned = Files.writeString(
                folder.resolve("tuned.json"),
                TrainingConfiguration.named("tiny-more")
                        .json()
                        .replace("\"tiny-more\"", "\"on\"")
                        .replace("\"demo-tiny\"", "\"scenes\""));
        Path same = Files.writeString(
                folder.resolve("codes.json"),
                TrainingConfiguration.named("tiny-more").json().replaceAll("\"codes\" : 96", "\"codes\" : 64"));
        Path other = Files.writeString(
                folder.resolve("width.json"),
                TrainingConfiguration.named("tiny-more")
                        .json()
                        .replace("\"decoder_width\" : [ 16, 16 ]", "\"decoder_width\" : [ 16, 24 ]"));
        for (Path file : List.of(tuned, same, other))
            assertThat(run(
                            events::add,
                            new AtomicBoolean(),
                            file.toString(),
                            "--output",
                            folder.resolve("no").toString()))
                    .isEqualTo(2);

        assertThat(events)
                .extracting(event -> ((TrainingEvent.TrainingFailed) event).reason())
                .containsExactly(
                        "need a base without finetune, got scenes",
                        "need vq.codes above the 64 of the base demo-tiny, got 64",
                        "need vq.decoder_width = [16, 16], as the base demo-tiny has it, got [16, 24]");
    }

    /// What a bundle says of its weights is of these weights.
    @Test
    void aTrainingThatIsAddedIsScoredAndExportedAnew() throws IOException {
        Path output = folder.resolve("added");
        pretrained(output);
        Path one = configuration("one.json", "", "");
        Path two = configuration("two.json", "\"finetune\": [{\"steps\": 8, \"learning_rate\": 0.01}],", "");
        run(event -> {}, new AtomicBoolean(), one.toString(), "--output", output.toString());
        double first = scored(output);

        run(event -> {}, new AtomicBoolean(), two.toString(), "--output", output.toString());

        assertThat(scored(output)).isNotEqualTo(first);
        assertThat(scored(output))
                .isEqualTo(new JsonMapper()
                        .readTree(Files.readAllBytes(output.resolve("evaluate/evaluation.json")))
                        .path("nll_image_caption")
                        .doubleValue());
    }

    private static double scored(Path output) throws IOException {
        return new JsonMapper()
                .readTree(Files.readAllBytes(output.resolve("bundle/model.json")))
                .path("training")
                .path("nll_image_caption")
                .doubleValue();
    }

    private static Weights model(Path output, String stage) {
        return WeightFiles.read(output.resolve(stage).resolve("model.safetensors"));
    }

    /// Euclidean, over all arrays.
    private static double distance(Weights one, Weights other) {
        double sum = 0;
        for (String name : one.arrays().keySet()) {
            float[] values = one.array(name).values(),
                    others = other.array(name).values();
            for (int i = 0; i < values.length; i++) sum += Math.pow(values[i] - others[i], 2);
        }
        return Math.sqrt(sum);
    }

    @Test
    void fineTuningSeesTheInstructionsThatAConfigurationAsksFor() throws IOException {
        Path output = folder.resolve("instructed");
        pretrained(output);
        Path instructed = configuration(
                "instructed.json",
                "\"finetune\": [{\"steps\": 8, \"learning_rate\": 0.003, \"examples\":"
                        + " {\"portrait_questions\": 900, \"portrait_skins\": 20, \"scene_boxes\": 60}},"
                        + " {\"steps\": 2, \"learning_rate\": 0.001, \"kept\": {\"pretrain\": 0.75}}],",
                "\"validate_every\": 20 | \"validate_every\": 4");
        List<TrainingEvent.TrainingProgress> reports = new ArrayList<>();

        int status = run(
                event -> {
                    if (event instanceof TrainingEvent.TrainingProgress progress) reports.add(progress);
                },
                new AtomicBoolean(),
                instructed.toString(),
                "--output",
                output.toString(),
                "--stages",
                "finetune,export");

        assertThat(status).isZero();
        assertThat(Files.readAllLines(output.resolve("bpe/words.txt"))).doesNotContain("instruction", "segmentations");
        assertThat(Files.readAllLines(output.resolve("bundle/words.txt")))
                .contains("person", "instruction", "segmentations");
        assertThat(reports).extracting(TrainingEvent.TrainingProgress::stage).containsOnly("finetune", "finetune-2");
        Map<String, Double> first = reports.getFirst().metrics(),
                last =
                        reports.stream()
                                .filter(report -> report.stage().equals("finetune"))
                                .toList()
                                .getLast()
                                .metrics();
        for (String metric :
                List.of("nll_infill_portrait_questions", "nll_image_portrait_skins", "nll_image_scene_boxes"))
            assertThat(last.get(metric)).as(metric).isLessThan(first.get(metric));
        Weights pretrained = model(output, "pretrain"),
                tuned = model(output, "finetune"),
                averaged = model(output, "finetune-2");
        assertThat(distance(averaged, pretrained)).isCloseTo(distance(tuned, pretrained) / 4, withinPercentage(20));
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeItIsUsed() throws IOException {
        Path output = folder.resolve("c");
        stageOutputs(output);
        Path often = configuration("often.json", "\"execution\": {\"save_steps\": 8},", "");
        var stop = new AtomicBoolean();
        int first = run(stopAt(20, stop), stop, often.toString(), "--output", output.toString());
        Path newest = output.resolve("pretrain/checkpoints/000000021/state-0.safetensors");
        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(newest, bytes);
        List<Long> reported = new ArrayList<>();

        var said = new ByteArrayOutputStream();
        PrintStream usual = System.err;
        System.setErr(new PrintStream(said, true));
        int second;
        try {
            second = run(
                    event -> {
                        if (event instanceof TrainingEvent.TrainingProgress progress) reported.add(progress.step());
                    },
                    new AtomicBoolean(),
                    often.toString(),
                    "--output",
                    output.toString());
        } finally {
            System.setErr(usual);
        }

        assertThat(first).isEqualTo(3);
        assertThat(second).isZero();
        assertThat(said.toString())
                .contains("pretrain/checkpoints/000000021")
                .contains("state-0.safetensors is damaged");
        assertThat(reported).startsWith(20L); // done again, from step 16 on
        assertThat(Files.mismatch(
                        folder.resolve("a/pretrain/model.safetensors"), output.resolve("pretrain/model.safetensors")))
                .isEqualTo(-1);
        try (var kept = Files.list(output.resolve("pretrain/checkpoints"))) {
            assertThat(kept).hasSize(2);
        }
    }

    @Test
    void aCheckpointOfAnotherConfigurationIsRefused() throws IOException {
        Path output = folder.resolve("d");
        stageOutputs(output);
        var stop = new AtomicBoolean();
        run(stopAt(20, stop), stop, "demo-tiny", "--output", output.toString());
        Path wider = configuration("decay.json", "", "\"weight_decay\": 0.05 | \"weight_decay\": 0.1");
        List<TrainingEvent> events = new ArrayList<>();

        int status = run(events::add, new AtomicBoolean(), wider.toString(), "--output", output.toString());

        assertThat(status).isEqualTo(2);
        assertThat(events.getLast())
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("transformer.weight_decay: 0.05 and 0.1"));
    }

    /// The text tokenizer was made for another number of tokens; nothing is trained with it under a wrong name.
    @Test
    void stagesOfAnotherConfigurationAreRefused() throws IOException {
        Path output = folder.resolve("stages"), said = output.resolve("configuration.json");
        assertThat(run(event -> {}, new AtomicBoolean(), "demo-tiny", "--output", output.toString(), "--stages", "bpe"))
                .isZero();
        String before = Files.readString(said);
        Path larger = configuration("larger.json", "", "\"captions\": 400 | \"captions\": 300");
        List<TrainingEvent> events = new ArrayList<>();

        int status = run(events::add, new AtomicBoolean(), larger.toString(), "--output", output.toString());

        assertThat(status).isEqualTo(2);
        assertThat(events.getLast())
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("bpe.captions: 400 and 300", "--output"));
        assertThat(said).hasContent(before);
    }

    @Test
    void aJobOnAnEmptyDiskGoesOnFromTheObjectStore() throws IOException {
        var store = new MemoryObjectStore();
        var stop = new AtomicBoolean();
        var configuration = TrainingConfiguration.named("demo-tiny");
        List<TrainingEvent> events = new ArrayList<>();

        stageOutputs(folder.resolve("e"));
        int first = TrainerJob.run(
                List.of(
                        "demo-tiny",
                        "--run",
                        "r2",
                        "--output",
                        folder.resolve("e").toString()),
                JobEnvironment.of(Map.of()),
                store,
                event -> stopAt(20, stop).accept((TrainingEvent) event),
                stop);
        int second = TrainerJob.run(
                List.of(
                        "demo-tiny",
                        "--run",
                        "r2",
                        "--output",
                        folder.resolve("f").toString()),
                JobEnvironment.of(Map.of()),
                store,
                event -> {
                    if (event instanceof TrainingEvent told) events.add(told);
                },
                new AtomicBoolean());

        assertThat(first).isEqualTo(3);
        assertThat(second).isZero();
        assertThat(events.stream()
                        .filter(event -> event instanceof TrainingEvent.TrainingProgress)
                        .map(event -> ((TrainingEvent.TrainingProgress) event).stage())
                        .distinct())
                .containsExactly("pretrain");
        assertThat(Files.mismatch(
                        folder.resolve("a/pretrain/model.safetensors"), folder.resolve("f/pretrain/model.safetensors")))
                .isEqualTo(-1);
        assertThat(Curves.of(
                                new Run("r2", configuration, folder.resolve("f"), event -> {}, () -> false),
                                List.of("pretrain"))
                        .losses("pretrain"))
                .isEqualTo(Curves.of(
                                new Run("r1", configuration, folder.resolve("a"), event -> {}, () -> false),
                                List.of("pretrain"))
                        .losses("pretrain"));
    }

    @Test
    void whatIsDamagedInTheObjectStoreIsMadeAgain() throws IOException {
        var watched = new WatchedStore();
        var stop = new AtomicBoolean();
        Path first = folder.resolve("h"), second = folder.resolve("i");
        stageOutputs(first);
        TrainerJob.run(
                List.of("demo-tiny", "--run", "r4", "--output", first.toString()),
                JobEnvironment.of(Map.of()),
                watched.store(),
                event -> stopAt(20, stop).accept((TrainingEvent) event),
                stop);
        watched.damaged.addAll(
                List.of("runs/r4/pretrain/curve.jsonl", "runs/r4/pretrain/checkpoints/000000020/state-0.safetensors"));

        int status = TrainerJob.run(
                List.of("demo-tiny", "--run", "r4", "--output", second.toString()),
                JobEnvironment.of(Map.of()),
                watched.store(),
                event -> {},
                new AtomicBoolean());

        assertThat(status).isZero();
        assertThat(Files.mismatch(
                        folder.resolve("a/pretrain/model.safetensors"), second.resolve("pretrain/model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void aStageThatWasFetchedInPartIsFetchedAgain() throws IOException {
        var watched = new WatchedStore();
        var mirror = new StoreMirror(watched.store(), "runs/r5/", List.of());
        var made = new Run(
                "r5",
                TrainingConfiguration.named("demo-tiny"),
                folder.resolve("made"),
                event -> {},
                () -> false,
                Workers.ALONE,
                mirror,
                Long.MAX_VALUE);
        stageOutputs(made.folder());
        made.keep("bpe");
        var fetched = new Run(
                "r5",
                made.configuration(),
                folder.resolve("fetched"),
                event -> {},
                () -> false,
                Workers.ALONE,
                mirror,
                Long.MAX_VALUE);

        watched.unreachable.add("runs/r5/bpe/words.txt");
        assertThatThrownBy(() -> fetched.fetch("bpe")).isInstanceOf(UnreachableException.class);
        watched.unreachable.clear();
        fetched.fetch("bpe");

        assertThat(fetched.stage("bpe").resolve("words.txt"))
                .hasSameBinaryContentAs(made.stage("bpe").resolve("words.txt"));
        assertThat(fetched.stage("bpe").resolve("stage.json")).exists();
    }

    /// One that failed would not be started again.
    @Test
    void aJobWhoseStoreIsAwayForTooLongHasNotFailedButMayBeStartedAgain() {
        var watched = new WatchedStore();
        List<Event> events = new ArrayList<>();

        watched.refusals = 3;
        int away = textTokenizer("away", watched, events::add);
        watched.refusals = 2;
        int back = textTokenizer("away", watched, events::add);

        assertThat(away).isEqualTo(5);
        assertThat(back).isZero();
        assertThat(events).isEmpty();
        assertThat(watched.puts).contains("runs/r6/bpe/tokenizer.json");
    }

    /// Who takes its place gets the new key. One that was never good would not be another one then.
    @Test
    void aJobWhoseKeyIsTakenAwayMayBeStartedAgain() {
        var watched = new WatchedStore();
        List<Event> events = new ArrayList<>();

        watched.answers = 3;
        int takenAway = textTokenizer("taken", watched, events::add);
        watched.answers = Integer.MAX_VALUE;
        int changed = textTokenizer("taken", watched, events::add);

        assertThat(takenAway).isEqualTo(5);
        assertThat(changed).isZero();
        assertThat(events).isEmpty();

        watched.answers = 0;
        assertThat(textTokenizer("taken", watched, events::add)).isEqualTo(1);
        assertThat(events).singleElement().isInstanceOf(TrainingEvent.TrainingFailed.class);
    }

    /// Asks a store at most three times for anything.
    private static int textTokenizer(String name, WatchedStore watched, Consumer<Event> events) {
        String output = folder.resolve(name).toString();
        return TrainerJob.run(
                List.of("demo-tiny", "--run", "r6", "--output", output, "--stages", "bpe"),
                JobEnvironment.of(Map.of()),
                watched.store(),
                List.of(1L, 1L),
                events,
                new AtomicBoolean());
    }

    @Test
    void aJobWhoseEventsCannotBeToldMayBeStartedAgainUnlessItIsRefused() {
        assertThat(untold()).isEqualTo(5);
        assertThat(untold("--stages", "dream")).isEqualTo(2);
    }

    /// Else the first one would come back, and meet nobody.
    @Test
    void noWorkerIsThroughBeforeTheFirstOneHasToldEverything() throws Exception {
        String place = "127.0.0.1:" + Jobs.freePort();
        String output = folder.resolve("a").toString();
        var arguments = List.of("demo-tiny", "--run", "r1", "--output", output);
        try (var thread = Executors.newSingleThreadExecutor()) {
            var other = thread.submit(
                    () -> TrainerJob.run(arguments, worker(1, place), null, event -> {}, new AtomicBoolean()));

            assertThat(untold(worker(0, place))).isEqualTo(5);
            assertThat(other.get()).isEqualTo(4);
        }
    }

    /// Its pod was lost at the very end, say.
    @Test
    @Timeout(60)
    void aWorkerThatComesBackAfterTheOthersAreThroughIsThroughToo() throws IOException {
        var watched = new WatchedStore();
        Path first = folder.resolve("through-first"), again = folder.resolve("through-again");
        pretrained(first);
        int status = TrainerJob.run(
                List.of("demo-tiny", "--run", "r7", "--output", first.toString(), "--stages", "prepare,pretrain"),
                JobEnvironment.of(Map.of()),
                watched.store(),
                event -> {},
                new AtomicBoolean());
        assertThat(status).isZero();

        assertThat(comesBack(watched, "demo-tiny", again, "prepare,pretrain")).isZero();
        assertThat(comesBack(watched, "demo-tiny", again, "finetune")).isZero();
    }

    /// To where nobody is.
    private static int comesBack(WatchedStore watched, String configuration, Path output, String stages)
            throws IOException {
        return TrainerJob.run(
                List.of(configuration, "--run", "r7", "--output", output.toString(), "--stages", stages),
                worker(1, "127.0.0.1:" + Jobs.freePort()),
                watched.store(),
                event -> {},
                new AtomicBoolean());
    }

    private static JobEnvironment worker(int index, String place) {
        return JobEnvironment.of(
                Map.of("CM3_WORLD_SIZE", "2", "CM3_RANK", Integer.toString(index), "CM3_RENDEZVOUS", place));
    }

    private static int untold(String... options) {
        return untold(JobEnvironment.of(Map.of()), options);
    }

    /// Of the run that is through.
    private static int untold(JobEnvironment environment, String... options) {
        var broker = new MockProducer<byte[], byte[]>();
        broker.sendException = new RecordTooLargeException("too large");
        String output = folder.resolve("a").toString();
        return TrainerJob.told(
                Stream.concat(Stream.of("demo-tiny", "--run", "r1", "--output", output), Stream.of(options))
                        .toList(),
                environment,
                new KafkaEvents(broker, InstantSource.system()),
                new AtomicBoolean());
    }

    @Test
    void aTrainingThatIsThroughIsNotGoneOnFromWithOtherSettings() throws IOException {
        Path output = folder.resolve("through");
        stageOutputs(output);
        Files.createDirectories(output.resolve("finetune"));
        Files.createFile(output.resolve("finetune/model.safetensors"));
        String later = "\"finetune\": [{\"steps\": 1}, {\"steps\": %d}],";
        Files.copy(configuration("before.json", later.formatted(2), ""), output.resolve("configuration.json"));
        List<TrainingEvent> events = new ArrayList<>();
        Path other = configuration("other.json", later.formatted(3).replace("\"steps\": 1", "\"steps\": 4"), "");
        Path same = configuration("same.json", later.formatted(3), "");

        int refused = run(events::add, new AtomicBoolean(), other.toString(), "--output", output.toString());
        int taken = run(
                events::add, new AtomicBoolean(), same.toString(), "--output", output.toString(), "--stages", "bpe");

        assertThat(refused).isEqualTo(2);
        assertThat(events.getFirst())
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("finetune.0.steps: 1 and 4")
                        .doesNotContain("finetune.1"));
        assertThat(taken).isZero();
    }

    @Test
    void aTrainingThatHasNotBegunMayBeAnotherWhileOneBeforeItIsDone() throws IOException {
        Path output = folder.resolve("later");
        pretrained(output);
        String two = "\"finetune\": [{\"steps\": 3}, {\"steps\": %d}],";
        Path before = configuration("later-before.json", two.formatted(2), "");
        Path after = configuration("later-after.json", two.formatted(5), "");
        Path own = configuration("later-own.json", two.formatted(5).replace("\"steps\": 3", "\"steps\": 4"), "");
        List<TrainingEvent> events = new ArrayList<>();

        int stopped = tuned(event -> {}, before, output, "1");
        int refused = tuned(events::add, own, output, "2");
        int taken = tuned(event -> {}, after, output, "2");

        assertThat(List.of(stopped, refused, taken)).containsExactly(3, 2, 3);
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("the checkpoint of step 1", "finetune.0.steps: 3 and 4")
                        .doesNotContain("finetune.1"));
        assertThat(output.resolve("finetune/checkpoints/000000002")).exists();
    }

    private static int tuned(Consumer<TrainingEvent> events, Path configuration, Path output, String until) {
        return run(
                events,
                new AtomicBoolean(),
                configuration.toString(),
                "--output",
                output.toString(),
                "--stages",
                "finetune",
                "--until",
                until);
    }

    @Test
    void refusesWhatAMachineCannotHold() throws IOException {
        Path huge = configuration("huge.json", "", "\"width\": 32 | \"width\": 4096");
        MemoryNeed tiny = MemoryNeed.of(TrainingConfiguration.named("demo-tiny"), 1),
                large = MemoryNeed.of(TrainingConfiguration.read(huge), 1);

        tiny.check(8L << 30);
        assertThatThrownBy(() -> large.check(8L << 30))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("transformer.width")
                .hasMessageContaining("there are 8.6 GB");
    }

    /// Else a run would learn for hours what it can neither save nor go on from.
    @Test
    void refusesWhatJavasHeapCannotHold() throws IOException {
        Path large = configuration("large.json", "", "\"width\": 32 | \"width\": 3072"); // 2.8 GB
        MemoryNeed tiny = MemoryNeed.of(TrainingConfiguration.named("demo-tiny"), 1);
        List<TrainingEvent> events = new ArrayList<>();

        int status = run(events::add, new AtomicBoolean(), large.toString());

        tiny.checkHeap(300L << 20);
        assertThat(status).isEqualTo(2);
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("transformer.width", "heap", "cm3.orchestrator.memory", "-Xmx"));
    }

    @Test
    void aRunThatEndsForWantOfMemoryHasFailed() {
        List<TrainingEvent> events = new ArrayList<>();

        int status = run(
                event -> {
                    if (event instanceof TrainingEvent.TrainingProgress) throw new OutOfMemoryError("Java heap space");
                    events.add(event);
                },
                new AtomicBoolean(),
                "demo-tiny",
                "--output",
                folder.resolve("memory").toString(),
                "--stages",
                "bpe,vq");

        assertThat(status).isEqualTo(1);
        assertThat(events).singleElement().isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> {
            assertThat(failed.stage()).isEqualTo("vq");
            assertThat(failed.reason()).isEqualTo("Java heap space");
        });
    }

    @Test
    void refusesWhatNoBundleHolds() throws IOException {
        Path huge = configuration("too-huge.json", "", "\"width\": 32 | \"width\": 8192"); // 1.6 G of them
        List<TrainingEvent> events = new ArrayList<>();

        int status = run(events::add, new AtomicBoolean(), huge.toString());

        assertThat(status).isEqualTo(2);
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("at most 1073217535 parameters of transformer.width", "below 2 GiB"));
    }

    /// Of one step, by what it left of the same gradient.
    @Test
    void theBetasAreThoseOfTheConfiguration() throws IOException {
        List<float[]> means = new ArrayList<>();
        for (String beta : List.of("0.9", "0.5")) {
            Path output = folder.resolve("beta-" + beta);
            stageOutputs(output);
            Path config = configuration(
                    "beta-" + beta + ".json", "", "\"flat\": 0.5 | \"flat\": 0.5, \"betas\": [" + beta + ", 0.95]");
            int status = run(
                    event -> {},
                    new AtomicBoolean(),
                    config.toString(),
                    "--output",
                    output.toString(),
                    "--stages",
                    "pretrain",
                    "--until",
                    "1");
            assertThat(status).isEqualTo(3);
            Path checkpoint = output.resolve("pretrain/checkpoints/000000001/state-0.safetensors");
            means.add(WeightFiles.read(checkpoint).array("adam.mean").values());
        }

        float[] most = means.getFirst(), half = means.getLast();
        assertThat(half).hasSameSizeAs(most).isNotEqualTo(new float[half.length]);
        for (int i = 0; i < half.length; i++) assertThat(half[i]).isCloseTo(5 * most[i], within(1e-6f));
    }

    /// What all stages up to the first training learned.
    private static void pretrained(Path output) throws IOException {
        stageOutputs(output);
        Files.createDirectories(output.resolve("pretrain"));
        Files.copy(folder.resolve("a/pretrain/model.safetensors"), output.resolve("pretrain/model.safetensors"));
    }

    /// What the stages before the transformer learned, so that a test need not learn it again.
    private static void stageOutputs(Path output) throws IOException {
        for (String file : List.of(
                "bpe/tokenizer.json",
                "bpe/words.txt",
                "vq/model.safetensors",
                "decoder/model.safetensors",
                "clip/model.safetensors")) {
            Files.createDirectories(output.resolve(file).getParent());
            Files.copy(folder.resolve("a").resolve(file), output.resolve(file));
        }
    }

    /// The tiny configuration with more in front and one thing replaced.
    private static Path configuration(String name, String more, String change) throws IOException {
        String json = new String(
                TrainingConfiguration.class
                        .getResourceAsStream("/configurations/demo-tiny.json")
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        if (!change.isEmpty()) {
            String[] words = change.split(" \\| ");
            assertThat(json).contains(words[0]);
            json = json.replace(words[0], words[1]);
        }
        return Files.writeString(folder.resolve(name), "{" + more + json.substring(json.indexOf('{') + 1));
    }

    private static Consumer<TrainingEvent> stopAt(long step, AtomicBoolean stop) {
        return event -> {
            if (event instanceof TrainingEvent.TrainingProgress progress
                    && progress.stage().equals("pretrain")
                    && progress.step() == step) stop.set(true);
        };
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
        return TrainerJob.run(Arrays.asList(arguments), event -> events.accept((TrainingEvent) event), stop);
    }
}
