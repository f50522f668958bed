package dev.cm3leon.trainer.data;

import dev.cm3leon.corpora.Asking;
import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// A public dataset as examples of a task of table 5: each in every wording of the task, as it is trained and as
/// it is asked for, in [Shard]s that are read in any order. [HeldOutPictures], each with all that is said of them,
/// are not trained on but scored.
public final class TaskCorpus {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PART = 1000; // records

    private final FineTuningTask task;
    private final Vocabulary vocabulary;
    private final List<Example> trained = new ArrayList<>();
    private final List<Example> held = new ArrayList<>();

    /// What was made, `NAME.json`, written when all parts are there.
    ///
    /// @param examples to train on
    /// @param held examples that are scored
    /// @param skipped records of the dataset by reason
    /// @param words of the examples to train on
    private record Made(
            String corpus, int parts, int examples, int held, Map<String, Long> skipped, SortedSet<String> words) {}

    /// Streams of which each has one token for its picture, the only one with a cell, whose id is the picture's place
    /// in its part: a picture of which much is said is there once.
    ///
    /// @param first of its streams
    private record Example(Shard streams, int first, Shard pictures) {
        int place() {
            TokenStream stream = streams.get(first);
            return stream.ids()[picture(stream)];
        }
    }

    private TaskCorpus(FineTuningTask task, Vocabulary vocabulary) {
        this.task = task;
        this.vocabulary = vocabulary;
    }

    /// @param trained whether examples for training are meant, or those that are scored
    public int size(boolean trained) {
        return (trained ? this.trained : held).size();
    }

    /// How many wordings an example has; where it cannot be written in one it is there in another.
    public int wordings() {
        return task.size();
    }

    public TokenStream get(boolean trained, int example, int wording, boolean asked) {
        Example of = (trained ? this.trained : held).get(example);
        TokenStream kept = of.streams.get(of.first + 2 * wording + (asked ? 1 : 0));
        int at = picture(kept);
        int[] codes = of.pictures.get(kept.ids()[at]).ids();
        var stream = new TokenStream.Builder().append(kept, 0, at);
        for (int cell = 0; cell < codes.length; cell++) stream.append(vocabulary.image(codes[cell]), cell);
        return stream.append(kept, at + 1, kept.length()).build();
    }

    /// Where in a stream its picture begins.
    private static int picture(TokenStream stream) {
        int at = 0;
        while (stream.cells()[at] < 0) at++;
        return at;
    }

    private static int streams(FineTuningTask task) {
        return 2 * task.size();
    }

    /// The datasets of a training, made where they are not there yet; none if any worker was asked to stop.
    ///
    /// @return by the names of their tasks
    public static Map<String, TaskCorpus> of(
            Run run,
            String stage,
            Map<String, TrainingConfiguration.Source> sources,
            BytePairEncoding encoding,
            VqModel vq) {
        var corpora = new TreeMap<String, TaskCorpus>();
        var words = new TreeSet<String>();
        for (var source : sources.entrySet()) {
            var making = new Making(run, stage, source.getKey(), source.getValue(), encoding, vq);
            try {
                if (!making.through()) return Map.of();
                Made made = making.made();
                corpora.put(source.getKey(), making.open(made.parts()));
                words.addAll(made.words());
            } catch (IOException e) {
                throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
            }
        }
        if (run.workers().first() && !words.isEmpty()) Words.write(run.stage(stage), words);
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

        private Making(
                Run run,
                String stage,
                String task,
                TrainingConfiguration.Source source,
                BytePairEncoding encoding,
                VqModel vq) {
            this.run = run;
            this.stage = stage;
            this.field = "finetune.corpora." + task;
            this.source = source;
            this.task = TrainingConfiguration.Finetune.task(task);
            String digest = ContentKey.sha256(source.toString().getBytes(StandardCharsets.UTF_8));
            this.name = "encoded-pictures-" + task + "-" + digest.substring(0, 8); // before, `encoded-TASK-`
            this.encoding = encoding;
            this.vq = vq;
            this.layout = run.configuration().layout(encoding.size());
        }

        private Path file(String end) {
            return run.stage(stage).resolve(name + end);
        }

        private Path part(int part, String end) {
            return file("-%05d%s".formatted(part, end));
        }

        /// Makes what is not there yet; false if any worker was asked to stop.
        private boolean through() throws IOException {
            bring(file(".json"));
            if (run.seeing(file(".json")) == run.workers().share().count()) return true;
            var skipped = new TreeMap<String, Long>();
            try (Corpus corpus = Parts.open(source)) {
                if (!Parts.read(
                        run,
                        corpus,
                        PART,
                        skipped,
                        part -> bringPart(part) ? Optional.empty() : Optional.of(new Encoding(part)))) return false;
            }
            if (run.workers().first()) {
                int parts = 0;
                for (; bringPart(parts); parts++)
                    JSON.readValue(Files.readAllBytes(part(parts, ".json")), new TypeReference<Map<String, Long>>() {})
                            .forEach((reason, count) -> skipped.merge(reason, count, Long::sum));
                TaskCorpus made = open(parts);
                write(
                        file(".json"),
                        new Made(source.corpus(), parts, made.size(true), made.size(false), skipped, words(made)));
                if (!skipped.isEmpty()) run.warn("of " + whole() + " is left out: " + counted(skipped));
            }
            return Parts.together(run);
        }

        private String whole() {
            return field + ".corpus = " + source.corpus();
        }

        private static String counted(Map<String, Long> skipped) {
            return skipped.entrySet().stream()
                    .map(reason -> reason.getValue() + " (" + reason.getKey() + ")")
                    .collect(Collectors.joining(", "));
        }

        /// A part whose records are laid out as they come.
        private final class Encoding implements Parts.Part {
            private final int part;
            private final List<TokenStream> streams = new ArrayList<>();
            private final List<TokenStream> pictures = new ArrayList<>();
            private final Map<String, Integer> places = new HashMap<>(); // of pictures, by their digests
            private final Map<String, Long> skipped = new TreeMap<>();

            private Encoding(int part) {
                this.part = part;
            }

            @Override
            public void add(Found.Sample sample) {
                List<Asking> wordings = Asking.all(task, sample.content());
                if (wordings.isEmpty()) {
                    skipped.merge("nothing of the task", 1L, Long::sum);
                    return;
                }
                try {
                    byte[] picture = sample.picture().read();
                    String digest = ContentKey.sha256(picture);
                    Integer known = places.get(digest);
                    int[] codes =
                            known == null ? codes(picture) : pictures.get(known).ids();
                    List<TokenStream> laid = laid(wordings, codes);
                    int longest = run.configuration().transformer().context() + 1;
                    if (laid.stream().anyMatch(stream -> stream.length() > longest)) {
                        skipped.merge("longer than transformer.context", 1L, Long::sum);
                        return;
                    }
                    int place = known == null ? pictures.size() : known;
                    if (known == null) {
                        places.put(digest, place);
                        pictures.add(new TokenStream(codes, new int[codes.length]));
                    }
                    for (TokenStream stream : laid) streams.add(without(stream, codes.length, place));
                } catch (RefusedImageException | IOException e) {
                    skipped.merge("a picture that cannot be read", 1L, Long::sum);
                }
            }

            @Override
            public void write() {
                Making.this.write(part(part, "-streams.bin"), streams);
                Making.this.write(part(part, "-pictures.bin"), pictures);
                Making.this.write(part(part, ".json"), skipped);
            }
        }

        private int[] codes(byte[] picture) throws IOException {
            return vq.codes(Images.DEFAULT
                    .read(picture, null, vq.configuration().imageSize())
                    .rgb());
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

        /// A stream as it is kept: with its picture's place instead of the picture.
        private static TokenStream without(TokenStream stream, int cells, int place) {
            int at = picture(stream);
            return new TokenStream.Builder()
                    .append(stream, 0, at)
                    .append(place, 0)
                    .append(stream, at + cells, stream.length())
                    .build();
        }

        private void write(Path file, List<TokenStream> streams) {
            Shard.write(file, streams);
            run.mirror().put(stage + "/" + file.getFileName(), file);
        }

        private void write(Path file, Object facts) {
            Run.write(file, JSON.writeValueAsString(facts));
            run.mirror().put(stage + "/" + file.getFileName(), file);
        }

        /// Words of what is trained on. A text stands before its picture.
        private SortedSet<String> words(TaskCorpus corpus) {
            var words = new TreeSet<String>();
            for (Example example : corpus.trained)
                for (int i = 0; i < streams(task); i += 2) {
                    TokenStream stream = example.streams.get(example.first + i);
                    int[] text = Arrays.stream(stream.ids(), 0, picture(stream))
                            .filter(corpus.vocabulary::isText)
                            .toArray();
                    Words.add(encoding.decode(text), words);
                }
            return words;
        }

        /// @throws RefusedException where there is nothing to train on
        private Made made() throws IOException {
            bring(file(".json"));
            Made made = JSON.readValue(Files.readAllBytes(file(".json")), Made.class);
            if (made.examples() == 0)
                throw new RefusedException("%s has no example to train on, %d that are scored; left out: %s"
                        .formatted(whole(), made.held(), counted(made.skipped())));
            return made;
        }

        private TaskCorpus open(int parts) {
            List<Example> all = new ArrayList<>();
            List<Integer> marks = new ArrayList<>(); // of their pictures
            for (int part = 0; part < parts; part++) {
                bringPart(part);
                Shard streams = Shard.open(part(part, "-streams.bin")),
                        pictures = Shard.open(part(part, "-pictures.bin"));
                int[] its = IntStream.range(0, pictures.size())
                        .map(place -> HeldOutPictures.mark(pictures.get(place).ids()))
                        .toArray();
                for (int first = 0; first < streams.size(); first += streams(task)) {
                    var example = new Example(streams, first, pictures);
                    all.add(example);
                    marks.add(its[example.place()]);
                }
            }
            var apart = HeldOutPictures.among(marks.stream().mapToInt(Integer::intValue));
            var corpus = new TaskCorpus(task, layout.vocabulary());
            for (int i = 0; i < all.size(); i++)
                (apart.has(marks.get(i)) ? corpus.held : corpus.trained).add(all.get(i));
            return corpus;
        }

        private boolean bringPart(int part) {
            return bring(part(part, ".json"))
                    && bring(part(part, "-streams.bin"))
                    && bring(part(part, "-pictures.bin"));
        }

        private boolean bring(Path file) {
            return run.bring(stage + "/" + file.getFileName());
        }
    }
}
