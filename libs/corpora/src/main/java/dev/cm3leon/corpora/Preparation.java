package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// One pass over a dataset that counts what is there, and writes it as shards where told to. What
/// was written survives a stop: the next preparation into the same folder goes on after the last whole shard.
public final class Preparation {
    private static final int SAMPLES_PER_SHARD = 1000;

    /// What was found, so far.
    ///
    /// @param broken how many for each reason
    /// @param examples where the first of each reason stands
    /// @param words of all texts
    public record Report(
            long samples, Map<String, Long> broken, Map<String, String> examples, long words, int longest, int shards) {

        public long skipped() {
            return broken.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private final Dataset dataset;
    private final Path folder;
    private final String split;
    private final List<Map.Entry<String, Long>> files = new ArrayList<>(); // each one's name and size
    private final Map<String, Long> broken = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();
    private long samples;
    private long words;
    private int longest;
    private int shards;

    private Preparation(Dataset dataset, Path folder, String split) {
        this.dataset = dataset;
        this.folder = folder.toAbsolutePath().normalize();
        this.split = split;
    }

    /// Only counts.
    ///
    /// @param limit the most records to read
    public static Report look(Dataset dataset, Path folder, String split, long limit, Consumer<Report> progress)
            throws IOException {
        var preparation = new Preparation(dataset, folder, split);
        try (Corpus corpus = Corpus.open(dataset, folder, split, Corpus.Cursor.START)) {
            long read = 0;
            for (Found found = corpus.next(); found != null; found = corpus.next()) {
                preparation.count(found);
                if (++read % 1000 == 0) progress.accept(preparation.report());
                if (read == limit) break;
            }
        }
        return preparation.report();
    }

    /// Counts, and writes `DATASET-000000.tar` and so on into `out`.
    public static Report write(
            Dataset dataset, Path folder, String split, long limit, Path out, Consumer<Report> progress)
            throws IOException {
        var preparation = new Preparation(dataset, folder, split);
        Corpus.Cursor from = preparation.resume(out);
        try (Corpus corpus = Corpus.open(dataset, folder, split, from);
                ShardWriter shards = new ShardWriter(out, dataset.label(), SAMPLES_PER_SHARD, preparation.shards)) {
            long read = preparation.samples + preparation.report().skipped();
            for (Found next = read < limit ? corpus.next() : null; next != null; next = corpus.next()) {
                Found found = withPicture(next);
                preparation.count(found);
                boolean whole = found instanceof Found.Sample sample
                        && shards.write(sample, text(sample), fields(dataset, sample));
                if (whole) preparation.save(out, corpus.cursor(), shards.shard());
                if (++read % 1000 == 0) progress.accept(preparation.report());
                if (read >= limit) break;
            }
            shards.close();
            preparation.save(out, corpus.cursor(), shards.shard());
        }
        return preparation.report();
    }

    /// The sample with its picture read: a picture that cannot be is one broken record, whoever writes it.
    static Found withPicture(Found found) {
        if (!(found instanceof Found.Sample sample)) return found;
        try {
            var picture = new Picture.InMemory(sample.picture().read());
            return new Found.Sample(sample.origin(), sample.id(), picture, sample.content());
        } catch (IOException e) {
            return new Found.Broken(sample.origin() + ": " + e.getMessage(), "the picture cannot be read");
        }
    }

    /// The text of a sample as it stands beside its picture: a caption as it is, a question with its answer in
    /// the first wording of its task.
    public static String text(Found.Sample sample) {
        return text(sample.content());
    }

    static String text(Found.Content content) {
        return switch (content) {
            case Found.Content.Caption(String text) -> text;
            case Found.Content.LongCaption(String text) -> text;
            case Found.Content.Answered _, Found.Content.MultipleChoice _ -> {
                Asking asking = Asking.of(content);
                yield asking.task().text(asking.wording(), asking.texts());
            }
        };
    }

    private static Map<String, Object> fields(Dataset dataset, Found.Sample sample) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("dataset", dataset.label());
        switch (sample.content()) {
            case Found.Content.Caption _, Found.Content.LongCaption _ -> {}
            case Found.Content.Answered(String question, String answer, var answers) -> {
                fields.put("question", question);
                fields.put("answer", answer);
                fields.put("answers", answers);
            }
            case Found.Content.MultipleChoice choice -> {
                fields.put("question", choice.question());
                fields.put("context", choice.context());
                fields.put("choices", choice.choices());
                fields.put("answer", choice.answer());
                fields.put("explanation", choice.explanation());
            }
        }
        return fields;
    }

    private void count(Found found) {
        switch (found) {
            case Found.Broken(String origin, String reason) -> {
                broken.merge(reason, 1L, Long::sum);
                examples.putIfAbsent(reason, origin);
            }
            case Found.Sample sample -> {
                samples++;
                int length = text(sample).split("\\s+").length;
                words += length;
                longest = Math.max(longest, length);
            }
        }
    }

    private Report report() {
        return new Report(samples, Map.copyOf(broken), Map.copyOf(examples), words, longest, shards);
    }

    private static Path state(Path out) {
        return out.resolve("prepared.json");
    }

    private Corpus.Cursor resume(Path out) throws IOException {
        Files.createDirectories(out);
        boolean begun = Files.isRegularFile(state(out));
        JsonNode state = JsonElements.JSON.readTree(begun ? Files.readString(state(out)) : "{}");
        refuseOther(out, state, "dataset", dataset.label());
        refuseOther(out, state, "split", split);
        refuseOther(out, state, "folder", folder.toString());
        for (Path file : dataset.files(folder, split)) {
            files.add(Map.entry(folder.relativize(file).toString(), Files.size(file)));
        }
        refuseOtherFiles(out, state);
        if (!begun) return Corpus.Cursor.START;
        samples = state.path("samples").asLong();
        words = state.path("words").asLong();
        longest = state.path("longest").asInt();
        shards = state.path("shards").asInt();
        for (var reason : state.path("broken").properties())
            broken.put(reason.getKey(), reason.getValue().asLong());
        for (var reason : state.path("examples").properties()) {
            examples.put(reason.getKey(), reason.getValue().asString());
        }
        return new Corpus.Cursor(
                state.path("file").asInt(), state.path("records").asLong());
    }

    private static void refuseOther(Path out, JsonNode state, String field, String asked) throws IOException {
        String there = Fields.text(state, field);
        if (state.has(field) && !there.equals(asked))
            throw new IOException("%s holds %s '%s': need another folder for '%s'".formatted(out, field, there, asked));
    }

    /// Where reading stands is the number of a file: those before must be the ones that were read.
    private void refuseOtherFiles(Path out, JsonNode state) throws IOException {
        int number = 0;
        for (var read : state.path("files").properties()) {
            var then = Map.entry(read.getKey(), read.getValue().asLong());
            var now = number < files.size() ? files.get(number) : Map.entry("nothing", 0L);
            if (!now.equals(then)) {
                throw new IOException(
                        "%s holds what was read of %s (%d bytes), where %s (%d bytes) is now: need another"
                                        .formatted(out, then.getKey(), then.getValue(), now.getKey(), now.getValue())
                                + " folder");
            }
            number++;
        }
    }

    private void save(Path out, Corpus.Cursor cursor, int shard) throws IOException {
        shards = shard;
        var state = new LinkedHashMap<String, Object>();
        state.put("dataset", dataset.label());
        state.put("split", split);
        state.put("folder", folder.toString());
        var read = new LinkedHashMap<String, Long>();
        files.stream()
                .limit(cursor.records() == 0 ? cursor.file() : cursor.file() + 1L)
                .forEach(file -> read.put(file.getKey(), file.getValue()));
        state.put("files", read);
        state.put("file", cursor.file());
        state.put("records", cursor.records());
        state.put("shards", shard);
        state.put("samples", samples);
        state.put("words", words);
        state.put("longest", longest);
        state.put("broken", broken);
        state.put("examples", examples);
        Path part = out.resolve("prepared.json.part");
        Files.write(part, JsonElements.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
        WholeFile.replace(part, state(out));
    }
}
