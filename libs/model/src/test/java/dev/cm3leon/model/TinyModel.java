package dev.cm3leon.model;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.Safetensors.DType;
import dev.cm3leon.model.clip.ClipConfig;
import dev.cm3leon.model.transformer.Precision;
import dev.cm3leon.model.transformer.TransformerConfig;
import dev.cm3leon.model.vq.VqConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/// A complete bundle of random weights with a real byte-level BPE: everything flows through it in milliseconds, and
/// nothing it draws means anything. The same seed writes the same bytes.
public final class TinyModel {
    public static final String NAME = "tiny";

    private static final List<String> CORPUS = List.of(
            "a person with spiky blue hair and a red jacket on a pink background",
            "a person with a full beard and a green shirt on a yellow background",
            "Describe the given picture.",
            "Question: what colour is the hair? Answer: blue");
    private static final List<String> PUBLISHED_CLIP =
            List.of("config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors");
    private static final int MERGES = 60;
    private static final JsonMapper JSON = new JsonMapper();

    private TinyModel() {}

    /// Writes the bundle and opens it.
    public static ModelBundle open(Path folder, long seed) {
        write(folder, seed);
        return ModelBundle.open(folder);
    }

    /// Writes the bundle's files into a folder.
    public static void write(Path folder, long seed) {
        write(folder, seed, seed + 2);
    }

    /// The same with a CLIP of its own seed: two models of one CLIP can share an index.
    public static void write(Path folder, long seed, long clipSeed) {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        List<String> merges = new ArrayList<>();
        trainBpe(vocabulary, merges);

        var vq = new VqConfig(64, 8, 64, 12, List.of(16, 32), List.of(16, 16), false);
        var clip = new ClipConfig(64, 128, 384, 32);
        var transformer = new TransformerConfig(
                32,
                2,
                2,
                512,
                new Vocabulary(vocabulary.size(), vq.codes(), 16),
                new Grid(vq.grid()),
                true,
                Precision.FLOAT32);

        json(folder.resolve("tokenizer/tokenizer.json"), tokenizer(vocabulary, merges));
        json(folder.resolve("transformer/config.json"), transformer.toJson());
        json(folder.resolve("vq/config.json"), vq.toJson());
        json(folder.resolve("clip/config.json"), clip.toJson());
        RandomWeights.transformer(transformer, seed, DType.F16).write(folder.resolve("transformer/model.safetensors"));
        RandomWeights.vq(vq, seed + 1, DType.F16).write(folder.resolve("vq/model.safetensors"));
        RandomWeights.clip(clip.embedding(), clip.textWidth(), clip.textHidden(), clipSeed, DType.F16)
                .write(folder.resolve("clip/model.safetensors"));
        text(folder.resolve("words.txt"), String.join("\n", words()) + "\n");
        json(folder.resolve("model.json"), modelJson(folder, seed));
    }

    /// The same with a published CLIP, the `clip-tiny-hf` of the tests.
    public static void writeWithPublishedClip(Path folder, long seed) {
        write(folder, seed);
        for (String file : PUBLISHED_CLIP) {
            String resource = "/clip/clip-tiny-hf/" + file;
            try (var in = Objects.requireNonNull(TinyModel.class.getResourceAsStream(resource), resource)) {
                Files.copy(in, folder.resolve("clip").resolve(file), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        json(folder.resolve("model.json"), modelJson(folder, seed));
    }

    private static Map<String, Object> modelJson(Path folder, long seed) {
        var files = new TreeMap<String, String>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                if (!name.equals("model.json")) files.put(name, ModelBundle.sha256(Safetensors.map(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var json = new LinkedHashMap<String, Object>();
        json.put("format", 1);
        json.put("name", NAME);
        json.put("version", "0.0." + seed);
        json.put("licence", "CC0-1.0");
        json.put("image_size", 64);
        json.put("grid", 8);
        json.put("words", "words.txt");
        json.put("files", files);
        json.put("training", Map.of("random", true));
        var defaults = new LinkedHashMap<String, Object>();
        defaults.put("temperature", 1.0);
        defaults.put("top_p", 0.9);
        defaults.put("guidance_scale", 2.0);
        defaults.put("documents", 1);
        json.put("defaults", defaults);
        return json;
    }

    private static TreeSet<String> words() {
        var words = new TreeSet<String>();
        for (String sentence : CORPUS) {
            Arrays.stream(sentence.toLowerCase(Locale.ROOT).split("[^a-z]+"))
                    .filter(w -> !w.isEmpty())
                    .forEach(words::add);
        }
        return words;
    }

    /// Specials, the 256 bytes, then the most frequent pairs of the corpus.
    private static void trainBpe(Map<String, Integer> vocabulary, List<String> merges) {
        for (String special : List.of("<s>", "<pad>", "</s>", "<unk>")) vocabulary.put(special, vocabulary.size());
        for (int b = 0; b < 256; b++) vocabulary.put(letter(b), vocabulary.size());

        List<List<String>> words = new ArrayList<>();
        for (String sentence : CORPUS) {
            for (String word : sentence.split("(?= )")) {
                List<String> symbols = new ArrayList<>();
                for (byte b : word.getBytes(StandardCharsets.UTF_8)) symbols.add(letter(b & 0xff));
                words.add(symbols);
            }
        }
        for (int merge = 0; merge < MERGES; merge++) {
            var counts = new HashMap<String, Integer>();
            for (List<String> word : words) {
                for (int i = 0; i + 1 < word.size(); i++)
                    counts.merge(word.get(i) + " " + word.get(i + 1), 1, Integer::sum);
            }
            String best = counts.entrySet().stream()
                    .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                    .orElseThrow()
                    .getKey();
            merges.add(best);
            vocabulary.put(best.replace(" ", ""), vocabulary.size());
            String[] pair = best.split(" ");
            for (List<String> word : words) {
                for (int i = 0; i + 1 < word.size(); i++) {
                    if (word.get(i).equals(pair[0]) && word.get(i + 1).equals(pair[1])) {
                        word.set(i, pair[0] + pair[1]);
                        word.remove(i + 1);
                    }
                }
            }
        }
    }

    /// GPT-2's visible letter for a byte.
    private static String letter(int b) {
        if (b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae) return Character.toString(b);
        int rank = b <= ' ' ? b : b <= 0xa0 ? b - 0x7f + 33 : 67; // 0..32, 127..160, 173
        return Character.toString(256 + rank);
    }

    private static Map<String, Object> tokenizer(Map<String, Integer> vocabulary, List<String> merges) {
        var added = new ArrayList<Map<String, Object>>();
        for (String special : List.of("<s>", "<pad>", "</s>", "<unk>")) {
            var token = new LinkedHashMap<String, Object>();
            token.put("id", vocabulary.get(special));
            token.put("content", special);
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) token.put(flag, false);
            token.put("special", true);
            added.add(token);
        }
        var byteLevel = new LinkedHashMap<String, Object>();
        byteLevel.put("type", "ByteLevel");
        byteLevel.put("add_prefix_space", false);
        byteLevel.put("trim_offsets", true);
        byteLevel.put("use_regex", true);

        var bpe = new LinkedHashMap<String, Object>();
        bpe.put("type", "BPE");
        bpe.put("dropout", null);
        bpe.put("unk_token", null);
        bpe.put("continuing_subword_prefix", null);
        bpe.put("end_of_word_suffix", null);
        bpe.put("fuse_unk", false);
        bpe.put("byte_fallback", false);
        bpe.put("vocab", vocabulary);
        bpe.put("merges", merges);

        var json = new LinkedHashMap<String, Object>();
        json.put("version", "1.0");
        json.put("truncation", null);
        json.put("padding", null);
        json.put("added_tokens", added);
        json.put("normalizer", null);
        json.put("pre_tokenizer", byteLevel);
        json.put("post_processor", null);
        json.put("decoder", byteLevel);
        json.put("model", bpe);
        return json;
    }

    private static void json(Path file, Map<String, Object> json) {
        text(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    private static void text(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
