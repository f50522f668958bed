package dev.cm3leon.trainer.bpe;

import dev.cm3leon.model.text.SpelledSpecials;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Byte-level BPE. Ids: the specials, the 256 bytes in the order of their printable
/// characters, then one for each merge.
///
/// @param specials names of the first ids, e.g. `<s>`; never made of text
/// @param tokens by id, in the printable alphabet (a space is `Ġ`)
/// @param splits where text is cut first
/// @param merges pairs of ids in the order they were learned; the earlier one is applied first
/// @param cache ids of words met before, not of all
public record BytePairEncoding(
        List<String> specials, List<String> tokens, Splits splits, Map<Pair, Merge> merges, Map<String, int[]> cache) {

    /// The specials of every model here: ids 0 to 3.
    public static final List<String> SPECIALS = List.of("<s>", "<pad>", "</s>", "<unk>");

    private static final char[] PRINTABLE = printable();
    private static final int[] BYTE_OF = byteOf(), ALPHABETICAL = alphabetical();
    private static final JsonMapper JSON = new JsonMapper();
    private static final int CACHED = 1 << 16, CACHED_LENGTH = 64;

    record Pair(int left, int right) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            return left != other.left ? Integer.compare(left, other.left) : Integer.compare(right, other.right);
        }
    }

    record Merge(int rank, int id) {}

    /// A pair as often as it once stood in the text.
    private record Frequent(Pair pair, long count) implements Comparable<Frequent> {
        @Override
        public int compareTo(Frequent other) {
            return count != other.count ? Long.compare(other.count, count) : pair.compareTo(other.pair);
        }
    }

    /// With GPT-2's splits.
    public static BytePairEncoding train(Iterable<String> texts, List<String> specials, int size) {
        return train(texts, specials, size, Splits.GPT2);
    }

    /// Learns merges until there are `size` ids: each time the most frequent pair, the smaller pair of equals.
    public static BytePairEncoding train(Iterable<String> texts, List<String> specials, int size, Splits splits) {
        var tokens = new ArrayList<>(specials);
        char[] alphabet = PRINTABLE.clone();
        Arrays.sort(alphabet);
        for (char character : alphabet) tokens.add(String.valueOf(character));
        if (size < tokens.size())
            throw new IllegalArgumentException(
                    "need size >= " + tokens.size() + " for specials and bytes, got " + size);
        var ids = new HashMap<String, Integer>();
        for (int id = 0; id < tokens.size(); id++) ids.put(tokens.get(id), id);

        var frequency = new LinkedHashMap<String, Integer>();
        for (String text : texts) splits.forEach(text, word -> frequency.merge(word, 1, Integer::sum));
        List<int[]> words = new ArrayList<>();
        frequency.keySet().forEach(word -> words.add(bytes(word, ids)));
        int[] times = frequency.values().stream().mapToInt(Integer::intValue).toArray();

        // how often each pair stands in the text, and in which words; entries of the queue may be out of date
        var counts = new HashMap<Pair, Long>();
        var places = new HashMap<Pair, Set<Integer>>();
        for (int w = 0; w < words.size(); w++) add(words.get(w), w, times[w], counts, places);
        var queue = new PriorityQueue<Frequent>();
        counts.forEach((pair, count) -> queue.add(new Frequent(pair, count)));

        var merges = new LinkedHashMap<Pair, Merge>();
        while (tokens.size() < size && !queue.isEmpty()) {
            Frequent best = queue.remove();
            Pair pair = best.pair;
            if (counts.getOrDefault(pair, 0L) != best.count) continue;
            String token = tokens.get(pair.left) + tokens.get(pair.right);
            int id = ids.computeIfAbsent(token, fresh -> {
                tokens.add(fresh);
                return tokens.size() - 1;
            });
            merges.put(pair, new Merge(merges.size(), id));
            var changed = new HashSet<Pair>();
            for (int w : List.copyOf(places.getOrDefault(pair, Set.of()))) {
                int[] before = words.get(w), after = merged(before, pair, id);
                changed.addAll(remove(before, w, times[w], counts, places));
                changed.addAll(add(after, w, times[w], counts, places));
                words.set(w, after);
            }
            for (Pair one : changed) {
                Long count = counts.get(one);
                if (count != null) queue.add(new Frequent(one, count));
            }
        }
        return new BytePairEncoding(
                List.copyOf(specials), List.copyOf(tokens), splits, merges, new ConcurrentHashMap<>());
    }

    private static Set<Pair> add(int[] word, int w, int times, Map<Pair, Long> counts, Map<Pair, Set<Integer>> places) {
        var pairs = new HashSet<Pair>();
        for (int i = 0; i + 1 < word.length; i++) {
            var pair = new Pair(word[i], word[i + 1]);
            counts.merge(pair, (long) times, Long::sum);
            if (pairs.add(pair))
                places.computeIfAbsent(pair, _ -> new HashSet<>()).add(w);
        }
        return pairs;
    }

    private static Set<Pair> remove(
            int[] word, int w, int times, Map<Pair, Long> counts, Map<Pair, Set<Integer>> places) {
        var pairs = new HashSet<Pair>();
        for (int i = 0; i + 1 < word.length; i++) {
            var pair = new Pair(word[i], word[i + 1]);
            long left = counts.getOrDefault(pair, 0L) - times;
            if (left == 0) counts.remove(pair);
            else counts.put(pair, left);
            Set<Integer> of = places.get(pair);
            if (pairs.add(pair) && of != null) of.remove(w);
        }
        return pairs;
    }

    /// Ids of the text and nothing else, as the tokenizer of the services gives them.
    public int[] encode(String text) {
        var ids = IntStream.builder();
        for (String piece : SpelledSpecials.cut(text, specials))
            splits.forEach(piece, word -> {
                for (int id : idsOf(word)) ids.add(id);
            });
        return ids.build().toArray();
    }

    /// Words come again and again, but not all of them: what is invented or has no end is not kept.
    private int[] idsOf(String word) {
        int[] ids = cache.get(word);
        if (ids != null) return ids;
        ids = encodeWord(word);
        if (cache.size() < CACHED && word.length() <= CACHED_LENGTH) cache.put(word, ids);
        return ids;
    }

    /// The text of ids; specials are left out, bytes that are no UTF-8 become U+FFFD.
    public String decode(int[] ids) {
        var bytes =
                new byte[Arrays.stream(ids).map(id -> tokens.get(id).length()).sum()];
        int length = 0;
        for (int id : ids) {
            if (id < specials.size()) continue;
            for (char character : tokens.get(id).toCharArray()) bytes[length++] = (byte) BYTE_OF[character];
        }
        refuseSurrogates(bytes, length);
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /// Java takes the three bytes of a surrogate for one character that is broken, Unicode and the reference for three:
    /// the first of them becomes one that stands in no UTF-8.
    private static void refuseSurrogates(byte[] bytes, int length) {
        for (int i = 0; i + 1 < length; i++) {
            if ((bytes[i] & 255) == 0xED && (bytes[i + 1] & 255) >= 0xA0) bytes[i] = (byte) 0xFF;
        }
    }

    public int size() {
        return tokens.size();
    }

    /// The Hugging Face form.
    public String json() {
        var added = new ArrayList<Map<String, Object>>();
        for (int id = 0; id < specials.size(); id++) {
            var special = new LinkedHashMap<String, Object>();
            special.put("id", id);
            special.put("content", specials.get(id));
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) special.put(flag, false);
            special.put("special", true);
            added.add(special);
        }
        var vocabulary = new LinkedHashMap<String, Integer>();
        for (int id = 0; id < tokens.size(); id++) vocabulary.put(tokens.get(id), id);
        var model = new LinkedHashMap<String, Object>();
        model.put("type", "BPE");
        model.put("dropout", null);
        model.put("unk_token", null);
        model.put("continuing_subword_prefix", null);
        model.put("end_of_word_suffix", null);
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", false);
        model.put("vocab", vocabulary);
        model.put("merges", mergedTokens());
        var json = new LinkedHashMap<String, Object>();
        json.put("version", "1.0");
        json.put("truncation", null);
        json.put("padding", null);
        json.put("added_tokens", added);
        json.put("normalizer", null);
        json.put("pre_tokenizer", splits.json());
        json.put("post_processor", null);
        json.put("decoder", Splits.byteLevel(true));
        json.put("model", model);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }

    /// Reads what [#json] writes, and merges as they were written earlier, `a b`.
    ///
    /// @throws IllegalArgumentException naming a normalizer, or a pre-tokenizer that is none of [Splits]
    public static BytePairEncoding parse(String json) {
        JsonNode root = JSON.readTree(json), normalizer = root.path("normalizer");
        if (normalizer.isObject())
            throw new IllegalArgumentException("need a tokenizer without normalizer, got " + normalizer);
        List<String> specials = root.get("added_tokens")
                .valueStream()
                .map(token -> token.get("content").stringValue())
                .toList();
        JsonNode vocabulary = root.get("model").get("vocab");
        var ids = new HashMap<String, Integer>();
        vocabulary
                .properties()
                .forEach(token -> ids.put(token.getKey(), token.getValue().intValue()));
        var tokens = new String[ids.size()];
        ids.forEach((token, id) -> tokens[id] = token);
        var merges = new LinkedHashMap<Pair, Merge>();
        for (JsonNode merge : root.get("model").get("merges")) {
            List<String> two = merge.isString()
                    ? List.of(merge.stringValue().split(" ", 2)) // a blank is a Ġ
                    : merge.valueStream().map(JsonNode::stringValue).toList();
            String left = two.getFirst(), right = two.getLast();
            merges.put(new Pair(id(ids, left), id(ids, right)), new Merge(merges.size(), id(ids, left + right)));
        }
        return new BytePairEncoding(
                specials, List.of(tokens), Splits.parse(root.path("pre_tokenizer")), merges, new ConcurrentHashMap<>());
    }

    /// The merges in order, each as its two tokens.
    public List<List<String>> mergedTokens() {
        return merges.keySet().stream()
                .map(pair -> List.of(tokens.get(pair.left), tokens.get(pair.right)))
                .toList();
    }

    private static int id(Map<String, Integer> ids, String token) {
        Integer id = ids.get(token);
        if (id == null) throw new IllegalArgumentException("no token " + token + " in the vocabulary");
        return id;
    }

    private int[] encodeWord(String word) {
        int[] ids = bytes(word);
        while (true) {
            Pair first = null;
            Merge merge = null;
            for (int i = 0; i + 1 < ids.length; i++) {
                Pair pair = new Pair(ids[i], ids[i + 1]);
                Merge candidate = merges.get(pair);
                if (candidate != null && (merge == null || candidate.rank < merge.rank)) {
                    first = pair;
                    merge = candidate;
                }
            }
            if (first == null || merge == null) return ids;
            ids = merged(ids, first, merge.id);
        }
    }

    private int[] bytes(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) ids[i] = specials.size() + ALPHABETICAL[bytes[i] & 255];
        return ids;
    }

    private static int[] bytes(String word, Map<String, Integer> alphabet) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) ids[i] = id(alphabet, String.valueOf(PRINTABLE[bytes[i] & 255]));
        return ids;
    }

    private static int[] merged(int[] word, Pair pair, int id) {
        int length = 0;
        int[] merged = new int[word.length];
        for (int i = 0; i < word.length; i++) {
            boolean here = i + 1 < word.length && word[i] == pair.left && word[i + 1] == pair.right;
            merged[length++] = here ? id : word[i];
            if (here) i++;
        }
        return length == word.length ? word : Arrays.copyOf(merged, length);
    }

    /// GPT-2's printable character of each byte: itself where it is printable, else the next one from 256 on.
    private static char[] printable() {
        char[] characters = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean plain = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            characters[b] = (char) (plain ? b : next++);
        }
        return characters;
    }

    /// The byte of each printable character.
    private static int[] byteOf() {
        int[] bytes = new int[512];
        for (int b = 0; b < 256; b++) bytes[PRINTABLE[b]] = b;
        return bytes;
    }

    /// The place of each byte among all in the order of their printable characters.
    private static int[] alphabetical() {
        char[] alphabet = PRINTABLE.clone();
        Arrays.sort(alphabet);
        int[] places = new int[256];
        for (int place = 0; place < 256; place++) places[BYTE_OF[alphabet[place]]] = place;
        return places;
    }
}
