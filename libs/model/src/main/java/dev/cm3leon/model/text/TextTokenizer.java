package dev.cm3leon.model.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.cm3leon.model.ModelFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Text to ids and back: byte-level BPE from a `tokenizer.json`. Safe for several threads.
///
/// Text that spells a special token is text: nobody can write `</s>` into a prompt and end the document.
public final class TextTokenizer implements AutoCloseable {
    private static final List<String> SPECIALS = List.of("<s>", "<pad>", "</s>", "<unk>");

    static {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private final HuggingFaceTokenizer tokenizer;

    private TextTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// @param json the contents of tokenizer.json
    public static TextTokenizer open(byte[] json) {
        try {
            var options = Map.of("addSpecialTokens", "false", "padding", "false", "truncation", "false");
            return new TextTokenizer(HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options));
        } catch (IOException | RuntimeException e) {
            throw new ModelFormatException("tokenizer.json is refused: " + e.getMessage(), e);
        }
    }

    /// Ids of the text and nothing else.
    public int[] encode(String text) {
        var all = IntStream.builder();
        String rest = text;
        for (int cut = firstInsideSpecial(rest); cut >= 0; cut = firstInsideSpecial(rest)) {
            for (int id : ids(rest.substring(0, cut))) all.add(id);
            rest = rest.substring(cut);
        }
        for (int id : ids(rest)) all.add(id);
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
        if (text.isEmpty()) return new int[0];
        return Arrays.stream(tokenizer.encode(text, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /// Where to cut the text so that no half spells the first special, or -1.
    private static int firstInsideSpecial(String text) {
        return SPECIALS.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .map(at -> at + 1)
                .min()
                .orElse(-1);
    }
}
