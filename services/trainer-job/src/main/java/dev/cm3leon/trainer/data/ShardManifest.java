package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.torch.Checkpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What `prepare` made, `shards.json`: the shards with their counts and digests, and the tokenizers that they speak.
///
/// @param vocabulary sizes: texts, image codes, sentinels
/// @param tokenizer SHA-256 of `tokenizer.json`
/// @param imageTokenizer SHA-256 of its weights
/// @param clip SHA-256 of the weights that found the neighbours
/// @param skipped records of the corpus by reason
public record ShardManifest(
        String corpus,
        int context,
        boolean whole,
        Map<String, Integer> vocabulary,
        String tokenizer,
        String imageTokenizer,
        String clip,
        long documents,
        Map<String, Long> skipped,
        List<Entry> shards) {
    public static final String NAME = "shards.json";
    private static final JsonMapper JSON = new JsonMapper();

    /// @param documents of the corpus in it
    /// @param neighbours that they have in front, in all
    /// @param blocks streams to train on
    /// @param validation streams in the file beside it
    public record Entry(
            String file, long documents, long neighbours, int blocks, long tokens, String sha256, int validation) {}

    public static Map<String, Integer> sizes(Vocabulary vocabulary) {
        return new TreeMap<>(Map.of(
                "text_size", vocabulary.textSize(),
                "image_codes", vocabulary.imageCodes(),
                "sentinels", vocabulary.sentinels()));
    }

    /// The file beside a shard's.
    public static String validation(String shard) {
        return shard.replace("shard-", "validation-");
    }

    public String json() {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this);
    }

    /// @throws IllegalArgumentException naming the file when it is none
    public static ShardManifest read(Path file) {
        return read(file, ShardManifest.class);
    }

    public static <T> T read(Path file, Class<T> type) {
        try {
            return JSON.readValue(Files.readAllBytes(file), type);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + " is damaged: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Refuses shards that another tokenizer wrote.
    public void check(Vocabulary vocabulary, int context, Path tokenizer, Path imageTokenizer) {
        if (!this.vocabulary.equals(sizes(vocabulary)))
            throw new RefusedException(
                    "the shards have the vocabulary " + this.vocabulary + ", this run has " + sizes(vocabulary));
        if (this.context != context)
            throw new RefusedException(
                    "the shards were cut for transformer.context = " + this.context + ", got " + context);
        same("text", this.tokenizer, tokenizer);
        same("image", this.imageTokenizer, imageTokenizer);
    }

    private static void same(String what, String expected, Path file) {
        String found = Checkpoints.sha256(file);
        if (!found.equals(expected))
            throw new RefusedException("the shards were made by another " + what + " tokenizer: need " + file
                    + " with SHA-256 " + expected + ", got " + found);
    }
}
