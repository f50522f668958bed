package dev.cm3leon.trainer.run;

import dev.cm3leon.corpora.WholeFile;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.torch.Checkpoints;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Mirror;
import dev.cm3leon.trainer.torch.TrainingLoop;
import dev.cm3leon.trainer.torch.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One run: its configuration, its folder, who hears of it, and whether it is to stop.
///
/// The folder holds one of each stage and of each training, by its name (what it made or learned, with its checkpoints
/// and its curve); what `export` made is in `bundle/`, and a run that continues another has that one's in `base/`. A
/// mirror holds the same and outlives the folder.
///
/// @param workers who trains with this one; only the first of them writes and tells
/// @param until stops each stage after this many steps, as if asked to; a base's are done whole
public record Run(
        String id,
        TrainingConfiguration configuration,
        Path folder,
        Consumer<Event> events,
        BooleanSupplier stopAsked,
        Workers workers,
        Mirror mirror,
        long until) {

    private static final JsonMapper JSON = new JsonMapper();
    public static final String BASE = "base";
    private static final String DONE = "stage.json"; // names and digests of a finished stage's files, written last

    /// A run of one worker in its folder alone.
    public Run(
            String id,
            TrainingConfiguration configuration,
            Path folder,
            Consumer<Event> events,
            BooleanSupplier stopAsked) {
        this(id, configuration, folder, events, stopAsked, Workers.ALONE, Mirror.NONE, Long.MAX_VALUE);
    }

    /// The same, done by these.
    public Run with(Workers others) {
        return new Run(id, configuration, folder, events, stopAsked, others, mirror, until);
    }

    public Path stage(String name) {
        return folder.resolve(name);
    }

    /// What a stage learned.
    public Path weights(String stage) {
        return stage(stage).resolve("model.safetensors");
    }

    public Path tokenizer() {
        return stage("bpe").resolve("tokenizer.json");
    }

    /// How many of the workers see a file.
    public int seeing(Path file) {
        return (int) workers.sum(Files.exists(file) ? 1 : 0)[0];
    }

    /// The run that this one continues, if there is one.
    public Optional<Run> base() {
        if (configuration.base().isEmpty()) return Optional.empty();
        try {
            var base = TrainingConfiguration.named(configuration.base());
            return Optional.of(new Run(
                    id, base, folder.resolve(BASE), events, stopAsked, workers, mirror.under(BASE), Long.MAX_VALUE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A base is continued from its first training, with more codes of its image tokenizer.
    public void refuseBase() {
        base().map(Run::configuration).ifPresent(base -> {
            TrainingConfiguration.Vq here = configuration.vq(), there = base.vq();
            if (!base.finetune().isEmpty())
                throw new RefusedException("need a base without finetune, got " + configuration.base());
            if (here.codes() <= there.codes())
                throw new RefusedException("need vq.codes above the %d of the base %s, got %d"
                        .formatted(there.codes(), configuration.base(), here.codes()));
            refuseOther("vq.code_dim", there.codeDim(), here.codeDim());
            refuseOther("vq.encoder_width", there.encoderWidth(), here.encoderWidth());
            refuseOther("vq.decoder_width", there.decoderWidth(), here.decoderWidth());
            refuseOther("vq.encoder_neighbours", there.encoderNeighbours(), here.encoderNeighbours());
        });
    }

    private void refuseOther(String field, Object there, Object here) {
        if (!here.equals(there))
            throw new RefusedException(
                    "need %s = %s, as the base %s has it, got %s".formatted(field, there, configuration.base(), here));
    }

    /// Goes on with a stage of the run that this one continues, if there is one; false if it was asked to stop.
    public boolean baseIsThrough(String stage, Predicate<Run> work) {
        return base().map(base -> {
                    base.fetch(stage);
                    boolean through = work.test(base);
                    if (through) base.keep(stage);
                    return through;
                })
                .orElse(true);
    }

    /// Teaches until the last step and returns true, or false if asked to stop.
    public boolean learn(String stage, Learner learner, long reportEvery, long validateEvery) {
        Path curve = stage(stage).resolve("curve.jsonl");
        if (workers.first() && !Files.exists(curve)) fetchCurve(stage, curve);
        var listener = new TrainingLoop.Listener() {
            @Override
            public void progress(
                    long step,
                    long steps,
                    double loss,
                    double tokensPerSecond,
                    double etaSeconds,
                    Map<String, Double> metrics) {
                events.accept(new TrainingEvent.TrainingProgress(
                        id, stage, step, steps, loss, tokensPerSecond, etaSeconds, metrics));
                var point = new LinkedHashMap<String, Object>();
                point.put("step", step);
                point.put("loss", loss);
                point.put("tokens_per_second", tokensPerSecond);
                point.putAll(metrics);
                append(curve, JSON.writeValueAsString(point) + "\n");
            }

            @Override
            public void saved(long step, Path checkpoint) {
                if (Files.exists(curve)) mirror.put(stage + "/curve.jsonl", copy(curve)); // it grows meanwhile
                events.accept(new TrainingEvent.CheckpointSaved(
                        id, stage, step, folder.relativize(checkpoint).toString()));
            }
        };
        var checkpoints = new Checkpoints(
                stage(stage).resolve("checkpoints"),
                stage + "/checkpoints",
                mirror,
                configuration.execution().keepCheckpoints(),
                facts(),
                this::warn);
        var loop = new TrainingLoop(
                checkpoints,
                workers,
                until,
                reportEvery,
                validateEvery,
                configuration.saveSeconds(),
                configuration.execution().saveSteps(),
                listener,
                stopAsked);
        return loop.run(learner, checkpoint -> refuseOther(stage, checkpoint));
    }

    private void fetchCurve(String stage, Path curve) {
        try {
            mirror.get(stage + "/curve.jsonl", curve);
        } catch (IllegalArgumentException e) {
            warn("the curve of " + stage + " begins anew: " + e.getMessage());
        }
    }

    private static Path copy(Path file) {
        try {
            Path copy = file.resolveSibling(file.getFileName() + ".part");
            return Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What a checkpoint says of its run besides the arrays. Randomness has no state but the seed and the step, and so
    /// has the place in the data.
    private Map<String, Object> facts() {
        return Map.of(
                "run", id,
                "code", Code.version(),
                "seed", configuration.seed(),
                "workers", workers.share().count(),
                "configuration", JSON.readTree(configuration.json()));
    }

    /// A checkpoint is gone on from with the configuration it was made with, or not at all. What trainings after its
    /// own do may be another thing.
    private void refuseOther(String stage, Checkpoints.Checkpoint checkpoint) {
        JsonNode then = JSON.valueToTree(checkpoint.facts().getOrDefault("configuration", Map.of()));
        int training = configuration.trainings().indexOf(stage);
        List<String> differences = differences(then, later -> later <= training);
        if (!differences.isEmpty())
            throw new RefusedException("the checkpoint of step " + checkpoint.step()
                    + " was made with another configuration (" + String.join("; ", differences)
                    + "): give this one another --run or --output");
        Object code = checkpoint.facts().getOrDefault("code", "");
        if (!code.equals(Code.version()))
            warn("the checkpoint of step " + checkpoint.step() + " was made by code " + code + ", this is "
                    + Code.version());
    }

    /// Stages that are there are gone on from with the configuration they were made with. Trainings may come after
    /// those that are through; what one does that is not, its checkpoints say.
    public void refuseOtherStages() throws IOException {
        Path there = folder.resolve("configuration.json");
        if (!Files.exists(there) && !mirror.get("configuration.json", there)) return;
        List<String> differences = differences(JSON.readTree(Files.readAllBytes(there)), this::isThrough);
        if (!differences.isEmpty())
            throw new RefusedException("the stages in " + folder + " were made with another configuration ("
                    + String.join("; ", differences) + "): give this one another --run or --output");
    }

    /// Where this configuration is another one than it was.
    ///
    /// @param fixed which of the trainings may not be, by their places
    private List<String> differences(JsonNode then, IntPredicate fixed) {
        return ConfigurationFile.differences(then, JSON.readTree(configuration.json())).stream()
                .filter(difference -> !difference.startsWith("finetune.")
                        || fixed.test(Integer.parseInt(difference.split("[.:]")[1]) + 1))
                .toList();
    }

    /// Whether a training after the first is done, here or on another disk.
    private boolean isThrough(int training) {
        if (training >= configuration.trainings().size()) return false;
        String stage = configuration.trainings().get(training);
        return Files.exists(weights(stage)) || isKept(stage);
    }

    /// Whether the mirror has all that a finished stage made.
    public boolean isKept(String stage) {
        return mirror.list(stage).contains(stage + "/" + DONE);
    }

    public void warn(String text) {
        System.err.println("trainer-job: " + text);
    }

    /// Tells the mirror what a finished stage made, so that a job on another disk need not make it again. A bundle and
    /// its scores are made again when a training was added.
    public void keep(String stage) {
        Path done = stage(stage).resolve(DONE);
        if (mirror == Mirror.NONE || !workers.first() || !Files.isDirectory(stage(stage))) return;
        if (Files.exists(done) && !List.of("evaluate", "bundle").contains(stage)) return;
        var digests = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(stage(stage))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = stage(stage).relativize(file).toString();
                if (name.startsWith("checkpoints/") || name.endsWith(".part") || name.equals(DONE)) continue;
                if (name.startsWith("encoded-")) continue; // parts of what the shards have
                digests.put(name, Checkpoints.sha256(file));
                mirror.put(stage + "/" + name, file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        write(done, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(digests));
        mirror.put(stage + "/" + DONE, done);
    }

    /// Brings what a stage made, when it was done on another disk.
    public void fetch(String stage) {
        Path done = stage(stage).resolve(DONE), list = stage(stage).resolve(DONE + ".part");
        if (Files.exists(done) || !mirror.get(stage + "/" + DONE, list)) return;
        try {
            Map<String, String> digests =
                    JSON.readValue(Files.readString(list), new TypeReference<Map<String, String>>() {});
            for (var entry : digests.entrySet()) {
                Path file = stage(stage).resolve(entry.getKey());
                if (!mirror.get(stage + "/" + entry.getKey(), file)
                        || !Checkpoints.sha256(file).equals(entry.getValue())) {
                    Files.deleteIfExists(file);
                    throw new IllegalStateException("%s/%s of run %s is missing or damaged in the object store"
                            .formatted(stage, entry.getKey(), id));
                }
            }
            Files.move(list, done, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether a file is there, here or in the mirror, where another worker put it or a job on another disk. What is
    /// damaged there is told, and is not.
    ///
    /// @param path of it in the run
    public boolean bring(String path) {
        Path file = folder.resolve(path);
        try {
            return Files.exists(file) || mirror.get(path, file);
        } catch (IllegalArgumentException e) {
            warn(String.valueOf(e.getMessage()));
            return false;
        }
    }

    /// Adds a line; one that broke off before is ended first.
    static void append(Path file, String line) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(
                    file, endsALine(file) ? line : "\n" + line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean endsALine(Path file) throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) return true;
        try (var channel = FileChannel.open(file)) {
            var last = ByteBuffer.allocate(1);
            channel.read(last, channel.size() - 1);
            return last.get(0) == '\n';
        }
    }

    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /// All or nothing.
    public static void write(Path file, byte[] bytes) {
        try {
            WholeFile.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
