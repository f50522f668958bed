package dev.cm3leon.trainer.bpe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.text.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Held against a recorded training run of the reference implementation on `corpus.txt`.
class BytePairEncodingTest {
    private static final List<String> REFERENCE_SPECIALS =
            List.of("<s>", "<pad>", "</s>", "<unk>", "<sentinel:0>", "<|end|>");
    private static final List<String> CAPTIONS =
            List.of("a person with spiky blue hair", "a bald person on a blue background", "Zoë, in a red jacket – 3×");

    @Test
    void learnsTheReferencesMerges() throws IOException {
        var expected = text("merges.txt").lines().toList();

        var encoding = BytePairEncoding.train(List.of(text("corpus.txt")), REFERENCE_SPECIALS, 1000);

        assertThat(encoding.mergedTokens().stream().map(merge -> String.join(" ", merge)))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void encodesLikeTheReference() throws IOException {
        var encoding = BytePairEncoding.train(List.of(text("corpus.txt")), REFERENCE_SPECIALS, 1000);

        int compared = 0;
        for (JsonNode sample : new JsonMapper().readTree(text("expected.json"))) {
            String words = sample.get("text").stringValue();
            int[] ids =
                    sample.get("ids").valueStream().mapToInt(JsonNode::intValue).toArray();
            assertThat(encoding.encode(words)).as(words).isEqualTo(ids);
            assertThat(encoding.decode(ids)).isEqualTo(words);
            compared++;
        }
        assertThat(compared).isEqualTo(296);
    }

    /// A model may write such ids.
    @Test
    void idsWhoseBytesAreNoUtf8AreDecodedLikeTheReference() throws IOException {
        var encoding = BytePairEncoding.train(List.of(text("corpus.txt")), REFERENCE_SPECIALS, 1000);

        try (var tokenizer = TextTokenizer.open(encoding.json().getBytes(StandardCharsets.UTF_8))) {
            for (JsonNode sample : new JsonMapper().readTree(text("expected-invalid-utf8.json"))) {
                int[] ids = sample.get("ids")
                        .valueStream()
                        .mapToInt(JsonNode::intValue)
                        .toArray();
                String decoded = sample.get("decoded").stringValue();
                assertThat(encoding.decode(ids)).as(sample.toString()).isEqualTo(decoded);
                assertThat(tokenizer.decode(ids)).as(sample.toString()).isEqualTo(decoded);
            }
            var random = new Random(8);
            for (int i = 0; i < 2_000; i++) {
                int[] ids = random.ints(20, REFERENCE_SPECIALS.size(), encoding.size())
                        .toArray();
                assertThat(encoding.decode(ids)).as(Arrays.toString(ids)).isEqualTo(tokenizer.decode(ids));
            }
        }
    }

    @Test
    void theFileThatItWritesMeansTheSameToTheTokenizerOfTheServices() {
        var encoding = BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 300);

        // a bundle's version is a hash of its files, so names stand in one order
        assertThat(encoding.json())
                .containsSubsequence("\"decoder\"", "\"type\"", "\"add_prefix_space\"", "\"use_regex\"");
        try (var tokenizer = TextTokenizer.open(encoding.json().getBytes(StandardCharsets.UTF_8))) {
            for (String text : List.of("Describe the given picture. ", "a bald person", "Zoë–Ünlü 42\n", "😀 é")) {
                assertThat(encoding.encode(text)).as(text).isEqualTo(tokenizer.encode(text));
            }
        }
    }

    /// Bytes that are no UTF-8 cannot be encoded: a String is decoded already, and where they were it has U+FFFD. Only
    /// ids can hold them (see above). Surrogates that stand alone are left out, for no UTF-8 has them.
    @ParameterizedTest
    @EnumSource
    void agreesWithTheTokenizerOfTheServicesOnAnyText(Splits splits) throws IOException {
        List<String> texts = List.of(text("corpus.txt"), "<b>a kite</b> <pre class=</p><s".repeat(99));
        var encoding = BytePairEncoding.train(texts, BytePairEncoding.SPECIALS, 900, splits);
        var random = new Random(3);

        try (var tokenizer = TextTokenizer.open(encoding.json().getBytes(StandardCharsets.UTF_8))) {
            for (int i = 0; i < 5_000; i++) {
                String text = randomText(random);
                int[] ids = encoding.encode(text);
                assertThat(ids).as(escaped(text)).isEqualTo(tokenizer.encode(text));
                assertThat(encoding.decode(ids)).as(escaped(text)).isEqualTo(text);
                assertThat(tokenizer.decode(ids)).as(escaped(text)).isEqualTo(text);
            }
        }
    }

    /// There are merges across the places where it is cut.
    @Test
    void textThatSpellsASpecialIsTheSameTextToTheTokenizerOfTheServices() {
        var encoding =
                BytePairEncoding.train(List.of("</b> =</ <|en <|en <|en <se <se".repeat(9)), REFERENCE_SPECIALS, 280);
        assertThat(encoding.encode("</")).hasSize(1);

        try (var tokenizer = TextTokenizer.open(encoding.json().getBytes(StandardCharsets.UTF_8))) {
            for (String text :
                    List.of("</s>", "x=</s>", "</b></s", "<|end|><|end|>", "a <sentinel:0>", "<<s></s></s>")) {
                int[] ids = encoding.encode(text);
                assertThat(ids).as(text).isEqualTo(tokenizer.encode(text));
                assertThat(IntStream.of(ids)).as(text).allMatch(id -> id >= REFERENCE_SPECIALS.size());
                assertThat(encoding.decode(ids)).isEqualTo(text);
            }
        }
    }

    /// Of letters and of what is not defined every 50th.
    @ParameterizedTest
    @EnumSource
    void cutsAtEachCodePointWhereTheTokenizerOfTheServicesCuts(Splits splits) {
        int[] points = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(point -> Character.getType(point) != Character.SURROGATE)
                .filter(point -> point % 50 == 0
                        || Character.isDefined(point)
                                && !Character.isLetter(point)
                                && Character.getType(point) != Character.PRIVATE_USE)
                .toArray();
        BytePairEncoding encoding = joiningWhatStandsTogether(splits);

        try (var tokenizer = TextTokenizer.open(encoding.json().getBytes(StandardCharsets.UTF_8))) {
            for (int from = 0; from < points.length; from += 50) {
                var text = new StringBuilder();
                Arrays.stream(points, from, Math.min(from + 50, points.length))
                        .mapToObj(Character::toString)
                        .forEach(point -> text.append(" a" + point + "1" + point + " " + point + " "));
                assertThat(encoding.encode(text.toString()))
                        .as("from code point %x", points[from])
                        .isEqualTo(tokenizer.encode(text.toString()));
            }
        }
    }

    /// A letter, a digit and a blank are each merged with the byte after them, if there is no cut between.
    private static BytePairEncoding joiningWhatStandsTogether(Splits splits) {
        var bytes = BytePairEncoding.train(List.of(), BytePairEncoding.SPECIALS, 260, splits);
        var tokens = new ArrayList<>(bytes.tokens());
        var merges = new LinkedHashMap<BytePairEncoding.Pair, BytePairEncoding.Merge>();
        for (String left : List.of("a", "1", "\u0120")) {
            for (int right = 4; right < 260; right++) {
                var pair = new BytePairEncoding.Pair(bytes.tokens().indexOf(left), right);
                merges.put(pair, new BytePairEncoding.Merge(merges.size(), tokens.size()));
                tokens.add(left + bytes.tokens().get(right));
            }
        }
        return new BytePairEncoding(bytes.specials(), tokens, splits, merges, new HashMap<>());
    }

    @Test
    void claim38ChameleonsSplitsAreThoseRecorded() throws IOException {
        for (JsonNode sample : new JsonMapper().readTree(text("pretokens-chameleon.json"))) {
            String whole = sample.get("text").stringValue();
            var pieces = new ArrayList<String>();
            Splits.CHAMELEON.forEach(whole, pieces::add);

            int[] points = whole.codePoints().toArray();
            var expected = sample.get("pretokens").valueStream().map(piece -> {
                int from = piece.get(1).get(0).intValue(),
                        to = piece.get(1).get(1).intValue();
                return new String(points, from, to - from);
            });
            assertThat(pieces).as(whole).containsExactlyElementsOf(expected.toList());
        }
    }

    @Test
    void claim38AChameleonTokenizerFileIsReadAsRecorded() throws IOException {
        String json = text("tokenizer-chameleon.json");
        BytePairEncoding encoding = BytePairEncoding.parse(json);
        int compared = 0;
        try (var tokenizer = TextTokenizer.open(json.getBytes(StandardCharsets.UTF_8))) {
            for (JsonNode sample : new JsonMapper().readTree(text("expected-chameleon.json"))) {
                String words = sample.get("text").stringValue();
                int[] ids = sample.get("ids")
                        .valueStream()
                        .mapToInt(JsonNode::intValue)
                        .toArray();
                assertThat(tokenizer.encode(words)).as(words).isEqualTo(ids);
                assertThat(encoding.encode(words)).as(words).isEqualTo(ids);
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(250);
    }

    @Test
    void learnsAsManyIdsOfAMegabyteOfMadeUpCaptionsAsAreAskedFor() {
        var random = new Random(5);
        var words = new ArrayList<String>();
        for (int i = 0; i < 15_000; i++) {
            words.add(random.ints(2 + random.nextInt(9), 'a', 'z' + 1)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString());
        }
        var captions = new ArrayList<String>();
        for (int bytes = 0; bytes < 1_000_000; ) {
            var caption = new StringBuilder("a");
            for (int w = 0; w < 9; w++) {
                caption.append(' ').append(words.get((int) (15_000 * Math.pow(random.nextDouble(), 3))));
            }
            captions.add(caption.toString());
            bytes += caption.length();
        }

        var encoding = BytePairEncoding.train(captions, BytePairEncoding.SPECIALS, 8_000);

        assertThat(encoding.tokens()).hasSize(8_000).doesNotHaveDuplicates();
        String first = captions.getFirst();
        assertThat(encoding.encode(first)).hasSizeLessThan(first.length() / 3);
        assertThat(encoding.decode(encoding.encode(first))).isEqualTo(first);
    }

    /// Letters of many scripts, marks, emoji, blanks, controls, digits and contractions, and any code point of any
    /// plane, whether it is defined or not.
    private static String randomText(Random random) {
        String[] some = {
            "'s",
            "'re",
            " ",
            "  ",
            "    ",
            "\n",
            "\t",
            "\r\n",
            "\u00a0",
            "\u3000",
            "12",
            "\u00bd",
            "don't",
            "hill",
            "kite",
            "\u00e9",
            "e\u0301",
            "\ud83d\udc69\u200d\ud83d\ude80",
            "\u65e5\u672c",
            "\u0417",
            "...",
            "!?",
            "<",
            "</",
            "=</",
            "<s>",
            "</s>",
            "<pad>",
            "<unk>",
            "IMGIMGBCZ",
            "\u0000",
            "\u200b",
            "\ufeff",
            "\u0661"
        };
        int[][] ranges = {
            {0x20, 0x7e},
            {0xa0, 0x17f},
            {0x370, 0x3ff},
            {0x400, 0x4ff},
            {0x5d0, 0x5ea},
            {0x620, 0x64a},
            {0x905, 0x939},
            {0xac00, 0xd7a3},
            {0x4e00, 0x9fa5},
            {0x2000, 0x206f},
            {0x1f300, 0x1f5ff},
            {0x2100, 0x218b},
            {0x0, 0x1f},
            {0x80, 0x9f},
            {0x300, 0x36f},
            {0x1680, 0x1680},
            {0x20d0, 0x20f0},
            {0xe000, 0xf8ff},
            {0xfe00, 0xfe0f},
            {0xfff0, 0xffff},
            {0x10000, 0x1ffff},
            {0x1d7ce, 0x1d7ff},
            {0x20000, 0x3ffff},
            {0x40000, 0xdffff},
            {0xe0000, 0xe01ef},
            {0xf0000, 0x10ffff},
            {0x0, 0xffff},
            {0x0, 0x10ffff}
        };
        var text = new StringBuilder();
        int length = random.nextInt(30);
        for (int i = 0; i < length; i++) {
            if (random.nextBoolean()) {
                text.append(some[random.nextInt(some.length)]);
                continue;
            }
            int[] range = ranges[random.nextInt(ranges.length)];
            int point = range[0] + random.nextInt(range[1] - range[0] + 1);
            if (Character.getType(point) != Character.SURROGATE) text.appendCodePoint(point);
        }
        return text.toString();
    }

    private static String escaped(String text) {
        return text.chars().mapToObj("%04x"::formatted).collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatItWrote(Splits splits) {
        var encoding = BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 300, splits);

        var again = BytePairEncoding.parse(encoding.json());

        assertThat(again.tokens()).isEqualTo(encoding.tokens());
        assertThat(again.splits()).isEqualTo(encoding.splits());
        assertThat(again.mergedTokens()).isEqualTo(encoding.mergedTokens());
        assertThat(again.encode("a spiky person")).isEqualTo(encoding.encode("a spiky person"));
    }

    @Test
    void readsMergesAsTheyWereWrittenEarlier() {
        var encoding = BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 300);
        var json = new JsonMapper();
        var older = (ObjectNode) json.readTree(encoding.json());
        ArrayNode merges = ((ObjectNode) older.get("model")).putArray("merges");
        encoding.mergedTokens().forEach(merge -> merges.add(String.join(" ", merge)));
        ((ObjectNode) older.get("pre_tokenizer")).remove("use_regex");

        var again = BytePairEncoding.parse(json.writeValueAsString(older));

        assertThat(again.mergedTokens()).isEqualTo(encoding.mergedTokens());
        assertThat(again.encode("a spiky person")).isEqualTo(encoding.encode("a spiky person"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pre_tokenizer | {\"type\": \"Metaspace\"} | Metaspace",
                "pre_tokenizer | {\"type\": \"ByteLevel\", \"add_prefix_space\": true} | add_prefix_space",
                "pre_tokenizer | {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"WhitespaceSplit\"}]} | WhitespaceSplit",
                "pre_tokenizer | null | null",
                "normalizer | {\"type\": \"Lowercase\"} | Lowercase",
            })
    void refusesWhatElseATokenizerMayDoToTextByName(String part, String other, String name) {
        var json = new JsonMapper();
        var file = (ObjectNode) json.readTree(
                BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 300).json());
        file.set(part, json.readTree(other));

        assertThatThrownBy(() -> BytePairEncoding.parse(json.writeValueAsString(file)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(part.equals("normalizer") ? part : "pre_tokenizer of [gpt2, chameleon]", name);
    }

    @Test
    void refusesAVocabularyThatCannotHoldTheBytes() {
        assertThatThrownBy(() -> BytePairEncoding.train(CAPTIONS, BytePairEncoding.SPECIALS, 259))
                .hasMessageContaining("260")
                .hasMessageContaining("259");
    }

    private static String text(String resource) throws IOException {
        try (var in = BytePairEncodingTest.class.getResourceAsStream("/bpe/" + resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
