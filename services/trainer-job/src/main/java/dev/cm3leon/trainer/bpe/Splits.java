package dev.cm3leon.trainer.bpe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Where text is cut before any merge: no merge crosses a cut.
public enum Splits {
    /// GPT-2's words.
    GPT2(List.of()),

    /// Those that are known of Chameleon's tokenizer: marks, image names, runs of blanks, single digits and single
    /// punctuation marks are cut out first, then GPT-2's words.
    CHAMELEON(List.of(
            isolated("<sentinel:[0-9]+>"),
            isolated("(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"),
            isolated("([\t\n]|    |  )"),
            digits(),
            punctuation()));

    /// What is cut out of the text, and how a `tokenizer.json` says it.
    private record Cut(Pattern pattern, Map<String, Object> json) {}

    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private final List<Cut> cuts;

    Splits(List<Cut> cuts) {
        this.cuts = cuts;
    }

    /// Every piece of the text, in order.
    void forEach(String text, Consumer<String> piece) {
        List<String> pieces = List.of(text);
        for (Cut cut : cuts) pieces = isolate(pieces, cut.pattern);
        for (String part : pieces) {
            Matcher words = WORD.matcher(part);
            while (words.find()) piece.accept(words.group());
        }
    }

    private static List<String> isolate(List<String> pieces, Pattern pattern) {
        var cut = new ArrayList<String>();
        for (String piece : pieces) {
            Matcher matches = pattern.matcher(piece);
            int from = 0;
            while (matches.find()) {
                if (matches.start() > from) cut.add(piece.substring(from, matches.start()));
                cut.add(matches.group());
                from = matches.end();
            }
            if (from < piece.length()) cut.add(piece.substring(from));
        }
        return cut;
    }

    /// The `pre_tokenizer` of a `tokenizer.json`.
    Map<String, Object> json() {
        Map<String, Object> bytes = byteLevel(false);
        if (cuts.isEmpty()) return bytes;
        var all = new ArrayList<Map<String, Object>>();
        cuts.forEach(cut -> all.add(cut.json));
        all.add(bytes);
        var sequence = new LinkedHashMap<String, Object>();
        sequence.put("type", "Sequence");
        sequence.put("pretokenizers", all);
        return sequence;
    }

    static Map<String, Object> byteLevel(boolean addPrefixSpace) {
        var json = new LinkedHashMap<String, Object>();
        json.put("type", "ByteLevel");
        json.put("add_prefix_space", addPrefixSpace);
        json.put("trim_offsets", true);
        json.put("use_regex", true);
        return json;
    }

    /// The one that a `pre_tokenizer` says.
    ///
    /// @throws IllegalArgumentException naming one that is none of these
    static Splits parse(JsonNode json) {
        for (Splits splits : values()) if (cuts(JSON.valueToTree(splits.json())).equals(cuts(json))) return splits;
        throw new IllegalArgumentException("need a pre_tokenizer of " + labels() + ", got " + json);
    }

    /// Without what changes no cut, and what files that are older do not say.
    private static JsonNode cuts(JsonNode json) {
        JsonNode cuts = json.deepCopy();
        for (JsonNode one : cuts.findParents("trim_offsets")) ((ObjectNode) one).remove("trim_offsets");
        for (JsonNode one : cuts.findParents("use_regex"))
            if (one.path("use_regex").asBoolean()) ((ObjectNode) one).remove("use_regex");
        return cuts;
    }

    /// @param name `gpt2` or `chameleon`
    /// @throws IllegalArgumentException naming those there are
    public static Splits named(String field, String name) {
        for (Splits splits : values()) if (splits.label().equals(name)) return splits;
        throw new IllegalArgumentException("need %s of %s, got %s".formatted(field, labels(), name));
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static List<String> labels() {
        return Arrays.stream(values()).map(Splits::label).toList();
    }

    /// With those of Unicode 17, which the reference knows and Java 25 does not.
    private static Cut digits() {
        return new Cut(
                Pattern.compile("[\\p{N}\\x{11de0}-\\x{11de9}\\x{16ff4}-\\x{16ff6}]"),
                new TreeMap<>(Map.of("type", "Digits", "individual_digits", true)));
    }

    /// ASCII's, and what was punctuation in Unicode 8, which is where the reference's tables stand: without marks that
    /// came later, with two that are none any more.
    private static Cut punctuation() {
        String later =
                "\\x{61d}\\x{9fd}-\\x{a76}\\x{c77}-\\x{c84}\\x{1b4e}-\\x{1b4f}\\x{1b7d}-\\x{1b7f}\\x{2e43}-\\x{2e5d}"
                        + "\\x{10d6e}-\\x{10f89}\\x{113d4}-\\x{1145d}\\x{11660}-\\x{116b9}\\x{1183b}-\\x{11fff}"
                        + "\\x{12ff1}-\\x{12ff2}\\x{16d6d}-\\x{16fe2}\\x{1e5ff}-\\x{1e95f}";
        return new Cut(
                Pattern.compile("[[\\p{P}&&[^" + later + "]]\\x{166d}\\x{111c9}!-/:-@\\[-`{-~]"),
                new TreeMap<>(Map.of("type", "Punctuation", "behavior", "Isolated")));
    }

    private static Cut isolated(String pattern) {
        var json = new LinkedHashMap<String, Object>();
        json.put("type", "Split");
        json.put("pattern", Map.of("Regex", pattern));
        json.put("behavior", "Isolated");
        json.put("invert", false);
        return new Cut(Pattern.compile(pattern), json);
    }
}
