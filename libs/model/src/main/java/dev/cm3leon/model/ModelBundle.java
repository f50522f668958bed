package dev.cm3leon.model;

import dev.cm3leon.documents.Condition;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.ClipParts;
import dev.cm3leon.model.text.TextTokenizer;
import dev.cm3leon.model.transformer.Precision;
import dev.cm3leon.model.transformer.Transformer;
import dev.cm3leon.model.transformer.TransformerConfig;
import dev.cm3leon.model.vq.VqShape;
import dev.cm3leon.model.vq.VqTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A model as one thing: tokenizers, transformer, CLIP and what goes with them, in a folder or on the classpath.
///
/// Opening checks `model.json`, the SHA-256 of every file that it lists, and that the tensors of its parts are
/// those of their configurations and, a VQGAN's aside, not too large. Parts are opened when asked for, each time
/// anew, and belong to the caller.
public final class ModelBundle {
    /// The shipped model that is served where no other is named.
    public static final String DEFAULT = "classpath:models/scenes";

    private static final int FORMAT = 1;
    private static final String CLASSPATH = "classpath:";
    private static final JsonMapper JSON = new JsonMapper();

    /// How the model is sampled unless a request says otherwise.
    ///
    /// @param editGuidanceScale of the text where a given picture is edited with three streams (section 4.1 of
    /// the paper: 7.5)
    /// @param editImageGuidanceScale of the picture there (1.5)
    /// @param minP share of the largest probability with the condition that an id needs to be drawn; 0 is none
    /// @param guidanceOn what guidance strengthens, but where a picture is edited with three streams
    /// @param stepByStep whether what is seen is said before an answer by yes or no
    public record Defaults(
            double temperature,
            double topP,
            double minP,
            double guidanceScale,
            double editGuidanceScale,
            double editImageGuidanceScale,
            double cdAlpha,
            int cdK,
            int documents,
            int candidates,
            Condition guidanceOn,
            boolean stepByStep) {

        static Defaults fromJson(JsonNode json) {
            return new Defaults(
                    json.path("temperature").asDouble(1),
                    json.path("top_p").asDouble(0.9),
                    json.path("min_p").asDouble(0),
                    json.path("guidance_scale").asDouble(3),
                    json.path("edit_guidance_scale").asDouble(7.5),
                    json.path("edit_image_guidance_scale").asDouble(1.5),
                    json.path("cd_alpha").asDouble(0.5),
                    json.path("cd_k").asInt(100),
                    json.path("documents").asInt(1),
                    json.path("candidates").asInt(1),
                    Condition.named(
                            "defaults.guidance_on", json.path("guidance_on").asString("prompt")),
                    json.path("step_by_step").asBoolean(false));
        }
    }

    /// Where the files are.
    private interface Source {
        ByteBuffer read(String path);

        default String sha256(String path) {
            return ModelBundle.sha256(read(path));
        }
    }

    private final Source source;
    private final String name;
    private final String version;
    private final String licence;
    private final int imageSize;
    private final Set<String> words;
    private final Defaults defaults;
    private final Map<String, String> files;
    private final JsonNode training;
    private final JsonNode evaluation;
    private final TransformerConfig transformer;
    private final VqShape vq;
    private final ClipParts clip;

    private ModelBundle(Source source, JsonNode json) {
        int format = json.path("format").asInt(0);
        if (format != FORMAT)
            throw new ModelFormatException("need format %d of model.json, got %d".formatted(FORMAT, format));
        this.source = source;
        this.name = text(json, "name");
        this.version = text(json, "version");
        this.licence = json.path("licence").asString("");
        this.imageSize = json.path("image_size").asInt(0);
        this.files = verify(source, json.path("files"));
        this.training = json.path("training");
        this.evaluation = json.path("evaluation");
        this.defaults = Defaults.fromJson(json.path("defaults"));
        this.words = words(string(json.path("words").asString("words.txt")));
        this.transformer = TransformerConfig.fromJson(parse("transformer/config.json"));
        this.vq = VqShape.fromJson(parse("vq/config.json"));
        this.clip = ClipParts.of(part("clip"), imageSize);
        checkParts();
    }

    /// @param location [#DEFAULT], `file:/...` or a path
    /// @throws ModelFormatException when the bundle is not whole or not of this format
    public static ModelBundle open(String location) {
        Source source = location.startsWith(CLASSPATH)
                ? classpath(location.substring(CLASSPATH.length()))
                : folder(location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location));
        return open(source);
    }

    public static ModelBundle open(Path folder) {
        return open(folder.toUri().toString());
    }

    /// Opens a bundle whose files lie anywhere, each under the SHA-256 that it was seen to have.
    ///
    /// @param what it is called in errors
    /// @param places of its files, by path
    static ModelBundle open(String what, Map<String, Path> places) {
        var source = new Source() {
            @Override
            public ByteBuffer read(String path) {
                return Safetensors.map(place(path));
            }

            @Override
            public String sha256(String path) {
                return place(path).getFileName().toString();
            }

            private Path place(String path) {
                Path place = places.get(path);
                if (place == null) throw new ModelFormatException("%s has no file %s".formatted(what, path));
                return place;
            }
        };
        return open(source);
    }

    private static ModelBundle open(Source source) {
        try {
            return new ModelBundle(source, parse("model.json", source.read("model.json")));
        } catch (ModelFormatException e) {
            throw e;
        } catch (IllegalArgumentException e) { // of a configuration's numbers
            throw new ModelFormatException(Objects.toString(e.getMessage()), e);
        }
    }

    public String name() {
        return name;
    }

    public String version() {
        return version;
    }

    /// `name@version`.
    public String id() {
        return name + "@" + version;
    }

    public String licence() {
        return licence;
    }

    /// Pixels of an image's side.
    public int imageSize() {
        return imageSize;
    }

    public Defaults defaults() {
        return defaults;
    }

    /// Lower-case words that the captions of training used, without the names of characters.
    public Set<String> words() {
        return words;
    }

    /// SHA-256 of each file.
    public Map<String, String> files() {
        return files;
    }

    /// Tells two bundles apart that cannot share an index: vectors of one CLIP mean nothing to another.
    public String clip() {
        String digests = files.entrySet().stream()
                .filter(file -> file.getKey().startsWith("clip/"))
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .collect(Collectors.joining());
        return sha256(ByteBuffer.wrap(digests.getBytes(StandardCharsets.US_ASCII)))
                .substring(0, 12);
    }

    /// The numbers of what was written down about training and evaluation, by name.
    public Map<String, Double> measures() {
        var measures = new TreeMap<String, Double>();
        for (JsonNode part : List.of(training, evaluation)) {
            part.properties().forEach(entry -> {
                if (entry.getValue().isNumber() && !entry.getKey().equals("seed")) {
                    measures.put(entry.getKey(), entry.getValue().doubleValue());
                }
            });
        }
        return measures;
    }

    public Vocabulary vocabulary() {
        return transformer.vocabulary();
    }

    public Grid grid() {
        return transformer.grid();
    }

    /// What its decoder computes with.
    public Precision precision() {
        return transformer.precision();
    }

    /// Layouts of prompts for this model's vocabulary and context.
    public PromptLayout promptLayout() {
        return PromptLayout.of(vocabulary(), grid(), transformer.context());
    }

    /// Width of CLIP's vectors.
    public int clipEmbedding() {
        return clip.embedding();
    }

    public TextTokenizer openTextTokenizer() {
        return TextTokenizer.open(tokenizerJson());
    }

    private byte[] tokenizerJson() {
        ByteBuffer json = source.read("tokenizer/tokenizer.json");
        byte[] bytes = new byte[json.remaining()];
        json.get(bytes);
        return bytes;
    }

    public VqTokenizer openVqTokenizer() {
        return VqTokenizer.open(vq, weights("vq"));
    }

    public ClipEncoder openClipEncoder() {
        return clip.encoder().get();
    }

    /// @param rows how many streams it can hold at once
    /// @param threads of ONNX Runtime
    public Transformer openTransformer(int rows, int threads) {
        return Transformer.open(transformer, weights("transformer"), rows, threads);
    }

    /// The tensors of a part: transformer, vq or clip.
    public Safetensors weights(String part) {
        String file = part + "/model.safetensors";
        return Safetensors.read(file, source.read(file));
    }

    private ModelFiles part(String part) {
        return new ModelFiles() {
            @Override
            public boolean has(String name) {
                return files.containsKey(path(name));
            }

            @Override
            public ByteBuffer read(String name) {
                return source.read(path(name));
            }

            @Override
            public String path(String name) {
                return part + "/" + name;
            }
        };
    }

    private void checkParts() {
        for (String file : List.of(
                "tokenizer/tokenizer.json",
                "transformer/config.json",
                "transformer/model.safetensors",
                "vq/config.json",
                "vq/model.safetensors")) {
            if (!files.containsKey(file))
                throw new ModelFormatException("need %s among the files of model.json".formatted(file));
        }
        Transformer.check(transformer, weights("transformer"));
        VqTokenizer.check(vq, weights("vq"));
        long ids = TextTokenizer.ids(tokenizerJson());
        if (ids > vocabulary().textSize())
            throw new ModelFormatException(
                    "need ids below %d in tokenizer.json, as the transformer's text_size is, got %d"
                            .formatted(vocabulary().textSize(), ids - 1));
        same("image_size of vq", imageSize, vq.imageSize());
        same("grid of the transformer", vq.grid(), transformer.grid().side());
        same(
                "image_codes of the transformer",
                vq.codes(),
                transformer.vocabulary().imageCodes());
    }

    private static void same(String what, int expected, int actual) {
        if (expected != actual)
            throw new ModelFormatException("need %d as %s, got %d".formatted(expected, what, actual));
    }

    private static Map<String, String> verify(Source source, JsonNode json) {
        var files = new LinkedHashMap<String, String>();
        for (var entry : json.properties()) {
            String path = entry.getKey(), expected = entry.getValue().asString("");
            String actual = source.sha256(path);
            if (!actual.equals(expected)) {
                throw new ModelFormatException("need SHA-256 %s of %s, got %s".formatted(expected, path, actual));
            }
            files.put(path, actual);
        }
        return Collections.unmodifiableMap(files);
    }

    private JsonNode parse(String path) {
        return parse(path, source.read(path));
    }

    static JsonNode parse(String path, ByteBuffer bytes) {
        try {
            return JSON.readTree(StandardCharsets.UTF_8.decode(bytes).toString());
        } catch (JacksonException e) {
            throw new ModelFormatException("%s is not JSON: %s".formatted(path, e.getOriginalMessage()), e);
        }
    }

    private String string(String path) {
        return StandardCharsets.UTF_8.decode(source.read(path)).toString();
    }

    private static Set<String> words(String lines) {
        var words = new LinkedHashSet<String>();
        lines.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(words::add);
        return Collections.unmodifiableSet(words);
    }

    private static String text(JsonNode json, String field) {
        String value = json.path(field).asString("");
        if (!value.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new ModelFormatException(
                    "need letters, digits, dots and dashes for %s, got '%s'".formatted(field, value));
        }
        return value;
    }

    private static Source folder(Path folder) {
        Path root = folder.toAbsolutePath().normalize();
        return path -> {
            Path file = root.resolve(path).normalize();
            if (!file.startsWith(root)) throw new ModelFormatException("need files inside the bundle, got " + path);
            if (!Files.isRegularFile(file)) throw new ModelFormatException("%s has no file %s".formatted(folder, path));
            return Safetensors.map(file);
        };
    }

    private static Source classpath(String root) {
        var context = Thread.currentThread().getContextClassLoader();
        var loader = context != null ? context : ModelBundle.class.getClassLoader();
        return path -> {
            String resource = root + "/" + path;
            if (path.contains("..")) throw new ModelFormatException("need files inside the bundle, got " + path);
            try (var in = loader.getResourceAsStream(resource)) {
                if (in == null) throw new ModelFormatException("the classpath has no " + resource);
                return ByteBuffer.wrap(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + resource, e);
            }
        };
    }

    static String sha256(ByteBuffer bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.duplicate());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
