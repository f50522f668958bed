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
    /// Each begins with its only `<`.
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

    /// Ids of the text and nothing else. It is cut behind the first character of what spells a special.
    public int[] encode(String text) {
        var all = IntStream.builder();
        int from = 0;
        for (int at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
            if (!spellsSpecial(text, at)) continue;
            for (int id : ids(text.substring(from, at + 1))) all.add(id);
            from = at + 1;
        }
        for (int id : ids(text.substring(from))) all.add(id);
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

    private static boolean spellsSpecial(String text, int at) {
        return SPECIALS.stream().anyMatch(special -> text.startsWith(special, at));
    }
}
