package dev.cm3leon.trainer;

import dev.cm3leon.corpora.Asking;
import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/// A public dataset as examples of a task of table 5: each is laid out once in every wording of the task, as it
/// is trained and as it is asked for, in [Shard]s that are read in any order. Some pictures, each with all that
/// is said of it, are not trained on but scored.
final class TaskCorpus {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PART = 1000; // examples
    private static final int HELD_OUT = 50; // one picture of so many

    private final FineTuningTask task;
    private final List<Shard> trained = new ArrayList<>();
    private final List<Shard> held = new ArrayList<>();

    /// What was made, `NAME.json`, written when all parts are there.
    ///
    /// @param skipped records of the dataset by reason
    private record Made(String corpus, int parts, long examples, long held, Map<String, Long> skipped) {}

    private TaskCorpus(FineTuningTask task) {
        this.task = task;
    }

    /// @param trained whether examples for training are meant, or those that are scored
    long size(boolean trained) {
        return (trained ? this.trained : held).stream().mapToLong(Shard::size).sum() / streams(task);
    }

    /// How many wordings an example has; where it cannot be written in one it is there in another.
    int wordings() {
        return task.size();
    }

    TokenStream get(boolean trained, long example, int wording, boolean asked) {
        long at = example * streams(task) + 2L * wording + (asked ? 1 : 0);
        for (Shard shard : trained ? this.trained : held) {
            if (at < shard.size()) return shard.get((int) at);
            at -= shard.size();
        }
        throw new IndexOutOfBoundsException("no example " + example + " of " + size(trained));
    }

    private static int streams(FineTuningTask task) {
        return 2 * task.size();
    }

    /// @param name in small letters
    /// @throws IllegalArgumentException naming those that datasets are examples of
    static FineTuningTask task(String name) {
        for (FineTuningTask task : Asking.TASKS) if (label(task).equals(name)) return task;
        throw new IllegalArgumentException("no finetune.corpora." + name + "; known: "
                + Asking.TASKS.stream().map(TaskCorpus::label).toList());
    }

    private static String label(FineTuningTask task) {
        return task.name().toLowerCase(Locale.ROOT);
    }

    /// The datasets of a training, made where they are not there yet; none if any worker was asked to stop.
    ///
    /// @return by the names of their tasks
    static Map<String, TaskCorpus> of(Run run, String stage, Map<String, TrainingConfiguration.Source> sources) {
        var corpora = new TreeMap<String, TaskCorpus>();
        for (var source : sources.entrySet()) {
            var making = new Making(run, stage, source.getKey(), source.getValue());
            try {
                if (!making.made()) return Map.of();
                corpora.put(source.getKey(), making.open());
            } catch (IOException e) {
                throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
            }
        }
        return corpora;
    }

    private static final class Making {
        private final Run run;
        private final String stage;
        private final String field;
        private final TrainingConfiguration.Source source;
        private final FineTuningTask task;
        private final String name; // of its files: another source has others
        private final BytePairEncoding encoding;
        private final VqModel vq;
        private final DocumentLayout layout;

        private Making(Run run, String stage, String task, TrainingConfiguration.Source source) {
            this.run = run;
            this.stage = stage;
            this.field = "finetune.corpora." + task;
            this.source = source;
            this.task = TaskCorpus.task(task);
            String digest = ContentKey.sha256(source.toString().getBytes(StandardCharsets.UTF_8));
            this.name = "encoded-" + task + "-" + digest.substring(0, 8);
            this.encoding = BpeStage.finished(run);
            this.vq = VqStage.codes(run);
            this.layout = new DocumentLayout(
                    MixedDocuments.vocabulary(run.configuration(), encoding),
                    new Grid(vq.configuration().grid()));
        }

        private Path file(String end) {
            return run.stage(stage).resolve(name + end);
        }

        private Path part(String kind, int part) {
            return file("%s-%05d.bin".formatted(kind, part));
        }

        private boolean made() throws IOException {
            bring(file(".json"));
            int workers = run.workers().share().count();
            if (run.workers().sum(Files.exists(file(".json")) ? 1 : 0)[0] == workers) return true;
            Path folder = Path.of(source.corpus());
            if (!Files.isDirectory(folder)) throw new RefusedException(field + ".corpus = " + folder + " is no folder");
            var skipped = new TreeMap<String, Long>();
            try (Corpus corpus =
                    Corpus.open(Dataset.of(source.dataset()), folder, source.split(), Corpus.Cursor.START)) {
                if (!Parts.read(run, corpus, PART, skipped, this::encode)) return false;
            }
            if (run.workers().first()) {
                int parts = 0;
                long trained = 0, held = 0;
                for (; bring(part("", parts)) && bring(part("-held", parts)); parts++) {
                    trained += Shard.open(part("", parts)).size() / streams(task);
                    held += Shard.open(part("-held", parts)).size() / streams(task);
                }
                Run.write(
                        file(".json"),
                        JSON.writeValueAsString(new Made(source.corpus(), parts, trained, held, skipped)));
                run.mirror().put(stage + "/" + file(".json").getFileName(), file(".json"));
            }
            return Parts.together(run);
        }

        private void encode(int part, List<Found.Sample> samples) throws IOException {
            if (!Parts.mine(run, part) || bring(part("", part)) && bring(part("-held", part))) return;
            List<TokenStream> trained = new ArrayList<>(), held = new ArrayList<>();
            for (Found.Sample sample : samples) {
                List<Asking> wordings = Asking.all(task, sample.content());
                if (wordings.isEmpty()) continue;
                try {
                    byte[] picture = Images.DEFAULT
                            .read(
                                    sample.picture().read(),
                                    null,
                                    vq.configuration().imageSize())
                            .rgb();
                    int[] codes = vq.codes(new byte[][] {picture})[0];
                    List<TokenStream> streams = laid(wordings, codes);
                    int longest = run.configuration().transformer().context() + 1;
                    if (streams.stream().anyMatch(stream -> stream.length() > longest)) continue;
                    boolean scored = Math.floorMod(Options.mix(Arrays.hashCode(codes)), HELD_OUT) == 0;
                    (scored ? held : trained).addAll(streams);
                } catch (RefusedImageException | IOException e) {
                    // is no example, as what is too long
                }
            }
            write(part("-held", part), held);
            write(part("", part), trained);
        }

        private void write(Path file, List<TokenStream> streams) {
            Shard.write(file, streams);
            run.mirror().put(stage + "/" + file.getFileName(), file);
        }

        private List<TokenStream> laid(List<Asking> wordings, int[] codes) {
            List<TokenStream> streams = new ArrayList<>();
            for (int wording = 0; wording < task.size(); wording++) {
                Asking asking = wordings.get(Math.min(wording, wordings.size() - 1));
                streams.add(asking.tokens(codes, layout, encoding::encode));
                streams.add(asking.asked(codes, layout, encoding::encode));
            }
            return streams;
        }

        private TaskCorpus open() throws IOException {
            bring(file(".json"));
            Made made = JSON.readValue(Files.readAllBytes(file(".json")), Made.class);
            if (made.examples() == 0)
                throw new RefusedException(
                        "%s.corpus = %s has no example of that task".formatted(field, source.corpus()));
            var corpus = new TaskCorpus(task);
            for (int part = 0; part < made.parts(); part++) {
                bring(part("", part));
                bring(part("-held", part));
                corpus.trained.add(Shard.open(part("", part)));
                corpus.held.add(Shard.open(part("-held", part)));
            }
            return corpus;
        }

        /// Whether a file is there, here or where another worker put it; what is damaged there is not.
        private boolean bring(Path file) {
            try {
                return Files.exists(file) || run.mirror().get(stage + "/" + file.getFileName(), file);
            } catch (IllegalArgumentException e) {
                run.warn(String.valueOf(e.getMessage()));
                return false;
            }
        }
    }
}
