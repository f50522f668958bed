package dev.cm3leon.corpora;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The captioned pictures of a WebDataset shard.
final class Shards implements Records {
    private final String name;
    private final WebDataset shard;

    private Shards(String name, WebDataset shard) {
        this.name = name;
        this.shard = shard;
    }

    static Records open(Path file) throws IOException {
        var in = new BufferedInputStream(Files.newInputStream(file));
        return new Shards(file.getFileName().toString(), new WebDataset(in, PictureCheck.MOST_BYTES));
    }

    @Override
    public @Nullable Found next() {
        WebDataset.Sample sample;
        try {
            sample = shard.next();
        } catch (IOException e) {
            throw new Corpus.BrokenOffException(String.valueOf(e.getMessage()));
        }
        return sample == null ? null : found(name + " " + sample.key(), sample);
    }

    private static Found found(String origin, WebDataset.Sample sample) {
        if (sample.tooLarge() != null) return new Found.Broken(origin, "a file of more than 64 MiB");
        byte[] picture = sample.picture();
        if (picture == null) return new Found.Broken(origin, "no picture");
        String wrong = PictureCheck.wrong(picture);
        if (!wrong.isEmpty()) return new Found.Broken(origin, wrong);
        try {
            String caption = sample.caption();
            if (caption == null) return new Found.Broken(origin, "no caption");
            return new Found.Sample(origin, id(sample), new Picture.InMemory(picture), content(sample, caption));
        } catch (JacksonException e) {
            return new Found.Broken(origin + ": " + e.getOriginalMessage(), "not JSON");
        }
    }

    /// What [ShardWriter] calls its `record`; other shards, and those it wrote before, have an `id`, if any.
    private static String id(WebDataset.Sample sample) {
        String record = sample.field("record"), id = record == null ? sample.field("id") : record;
        return id == null ? sample.key() : id;
    }

    /// A question where the text is what [Preparation] writes of one, else a caption.
    private static Found.Content content(WebDataset.Sample sample, String text) {
        byte[] json = sample.files().get(".json");
        if (json == null) return new Found.Content.Caption(text);
        Found.Content question = question(JsonElements.JSON.readTree(json));
        return Preparation.text(question).equals(text) ? question : new Found.Content.Caption(text);
    }

    private static Found.Content question(JsonNode record) {
        String question = Fields.text(record, "question");
        if (record.path("choices").isArray())
            return new Found.Content.MultipleChoice(
                    question,
                    Fields.text(record, "context"),
                    texts(record.path("choices")),
                    record.path("answer").asInt(0),
                    Fields.text(record, "explanation"));
        return new Found.Content.Answered(question, Fields.text(record, "answer"), texts(record.path("answers")));
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(one -> one.asString("")).toList();
    }

    @Override
    public void close() throws IOException {
        shard.close();
    }
}
