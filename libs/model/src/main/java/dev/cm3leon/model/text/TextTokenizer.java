package dev.cm3leon.model.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.cm3leon.model.ModelFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Text to ids and back: byte-level BPE from a `tokenizer.json`. Safe for several threads.
///
/// Nobody can write `</s>` into a prompt and end the document: see [SpelledSpecials].
public final class TextTokenizer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    static {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private final HuggingFaceTokenizer tokenizer;
    private final List<String> specials;

    private TextTokenizer(HuggingFaceTokenizer tokenizer, List<String> specials) {
        this.tokenizer = tokenizer;
        this.specials = specials;
    }

    /// @param json the contents of tokenizer.json
    public static TextTokenizer open(byte[] json) {
        try {
            var options = Map.of("addSpecialTokens", "false", "padding", "false", "truncation", "false");
            List<String> specials = JSON.readTree(json)
                    .path("added_tokens")
                    .valueStream()
                    .map(token -> token.path("content").asString(""))
                    .toList();
            return new TextTokenizer(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options), specials);
        } catch (IOException | RuntimeException e) {
            throw new ModelFormatException("tokenizer.json is refused: " + e.getMessage(), e);
        }
    }

    /// How many ids a text may have: the highest of a tokenizer.json, plus one.
    public static long ids(byte[] json) {
        try {
            JsonNode tree = JSON.readTree(json);
            return 1
                    + Stream.concat(
                                    tree.at("/model/vocab").valueStream(),
                                    tree.path("added_tokens").valueStream().map(token -> token.path("id")))
                            .mapToLong(TextTokenizer::id)
                            .max()
                            .orElse(-1);
        } catch (JacksonException e) {
            throw new ModelFormatException("tokenizer.json is refused: " + e.getOriginalMessage(), e);
        }
    }

    private static long id(JsonNode id) {
        if (id.isInt() && id.intValue() >= 0) return id.intValue();
        throw new ModelFormatException(
                "tokenizer.json is refused: need ids from 0 to %d, got %s".formatted(Integer.MAX_VALUE, id));
    }

    /// Ids of the text and nothing else.
    public int[] encode(String text) {
        var all = IntStream.builder();
        for (String piece : SpelledSpecials.cut(text, specials)) for (int id : ids(piece)) all.add(id);
        return all.build().toArray();
    }

    /// The text of ids; specials and ids that are no text are left out.
    public String decode(int[] ids) {
        long[] text = Arrays.stream(ids).asLongStream().toArray();
        return text.length == 0 ? "" : tokenizer.decode(text, true);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private int[] ids(String text) {
        return Arrays.stream(tokenizer.encode(text, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }
}
