package dev.cm3leon.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A published version of a model: which files it has, where it comes from and how good it is. It lies at
/// `models/{name}/{version}/manifest.json` of the object store, the files beside it.
///
/// @param name of the model, e.g. `demo`
/// @param version made of the files' digests where a training run published it
/// @param run the training run that it comes from, or null
/// @param files of the bundle by path, `model.json` among them
/// @param evaluation measures by name, e.g. `psnr` in dB
public record ModelManifest(
        String name,
        String version,
        String licence,
        @Nullable String run,
        Map<String, FileDigest> files,
        Map<String, Double> evaluation) {

    /// The most bytes that one file may have: what is read at once.
    public static final long MAX_FILE = 1L << 31;

    private static final String FORMAT = "cm3leon-model-1";
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final JsonMapper JSON = new JsonMapper();

    /// @param sha256 of the file's bytes, in hexadecimal digits
    public record FileDigest(String sha256, long bytes) {}

    public ModelManifest {
        files = Collections.unmodifiableMap(new TreeMap<>(files));
        evaluation = Collections.unmodifiableMap(new TreeMap<>(evaluation));
        check("name", name, WORD);
        check("version", version, WORD);
        if (!files.containsKey("model.json")) throw new ModelFormatException("need model.json among files, got none");
        files.forEach((path, digest) -> {
            check("files", path, FILE);
            check("files." + path + ".sha256", digest.sha256(), SHA256);
            if (digest.bytes() < 0 || digest.bytes() >= MAX_FILE) {
                throw new ModelFormatException(
                        "need files.%s.bytes from 0 to %d, got %d".formatted(path, MAX_FILE - 1, digest.bytes()));
            }
        });
        evaluation.forEach((measure, value) -> {
            if (!Double.isFinite(value)) {
                throw new ModelFormatException("need a number for evaluation.%s, got %s".formatted(measure, value));
            }
        });
    }

    /// What a bundle's folder is, published. Measures are the numbers that `model.json` has under `training` and
    /// `evaluation`; those given here win.
    ///
    /// @throws ModelFormatException when the bundle is not whole
    public static ModelManifest of(Path folder, @Nullable String run, Map<String, Double> evaluation) {
        ModelBundle bundle = ModelBundle.open(folder); // every file is there, with its digest
        var files = new TreeMap<String, FileDigest>();
        for (String path : bundle.files().keySet()) files.put(path, digest(folder.resolve(path)));
        files.put("model.json", digest(folder.resolve("model.json")));
        var measures = new TreeMap<>(bundle.measures());
        measures.putAll(evaluation);
        return new ModelManifest(bundle.name(), bundle.version(), bundle.licence(), run, files, measures);
    }

    /// `name@version`.
    public String id() {
        return name + "@" + version;
    }

    public String key() {
        return key(id()).orElseThrow();
    }

    /// Where the manifest of a model lies; empty when this is no `name@version`.
    public static Optional<String> key(String id) {
        int at = id.indexOf('@');
        if (at < 0) return Optional.empty();
        String name = id.substring(0, at), version = id.substring(at + 1);
        if (!WORD.matcher(name).matches() || !WORD.matcher(version).matches()) return Optional.empty();
        return Optional.of("models/" + name + "/" + version + "/manifest.json");
    }

    public String fileKey(String path) {
        return fileKey(id(), path);
    }

    /// Where a file of a model lies.
    ///
    /// @throws ModelFormatException when this is no model's id, or the path none of a bundle
    public static String fileKey(String id, String path) {
        String manifest = key(id).orElseThrow(() -> new ModelFormatException("need name@version, got '" + id + "'"));
        check("path", path, FILE);
        if (path.equals("manifest.json")) throw new ModelFormatException("need a file of a bundle, got " + path);
        return manifest.substring(0, manifest.lastIndexOf('/') + 1) + path;
    }

    public byte[] json() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("format", FORMAT);
        json.put("name", name);
        json.put("version", version);
        json.put("licence", licence);
        if (run != null) json.put("run", run);
        json.put("evaluation", evaluation);
        json.put("files", files);
        return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /// @throws ModelFormatException naming the field that is wrong
    public static ModelManifest of(byte[] bytes) {
        JsonNode json;
        try {
            json = JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw new ModelFormatException("the manifest is not JSON: " + e.getOriginalMessage(), e);
        }
        String format = json.path("format").asString("");
        if (!format.equals(FORMAT))
            throw new ModelFormatException("need format %s, got '%s'".formatted(FORMAT, format));
        var files = new TreeMap<String, FileDigest>();
        json.path("files")
                .properties()
                .forEach(file -> files.put(
                        file.getKey(),
                        new FileDigest(
                                file.getValue().path("sha256").asString(""),
                                file.getValue().path("bytes").asLong(-1))));
        var evaluation = new TreeMap<String, Double>();
        json.path("evaluation")
                .properties()
                .forEach(measure -> evaluation.put(
                        measure.getKey(),
                        measure.getValue().isNumber() ? measure.getValue().doubleValue() : Double.NaN));
        return new ModelManifest(
                json.path("name").asString(""),
                json.path("version").asString(""),
                json.path("licence").asString(""),
                json.path("run").isString() ? json.path("run").asString() : null,
                files,
                evaluation);
    }

    /// Brings the files of a model into a folder, each under its digest, so that versions share what they have in
    /// common, and opens it. Files that are there already are not fetched again, unless they are damaged.
    ///
    /// @param objects where the files lie
    /// @throws ModelFormatException when a file is missing or is another than the manifest says, or `model.json`
    ///     has another id
    /// @throws IOException when a file cannot be kept in the folder
    public ModelBundle fetch(Get objects, Path folder) throws IOException {
        var places = new LinkedHashMap<String, Path>();
        for (var file : files.entrySet()) {
            Path place = folder.resolve(file.getValue().sha256());
            if (!isThere(place) || !digest(place).equals(file.getValue())) fetch(objects, file.getKey(), place);
            places.put(file.getKey(), place);
        }
        ModelBundle bundle = ModelBundle.open(id(), places);
        if (!bundle.id().equals(id())) {
            throw new ModelFormatException("need %s in model.json, got %s".formatted(id(), bundle.id()));
        }
        return bundle;
    }

    /// Notes that the file is used now: what was not used for long is removed one day.
    private static boolean isThere(Path place) throws IOException {
        if (!Files.isRegularFile(place)) return false;
        try {
            Files.setLastModifiedTime(place, FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) { // removed meanwhile, as used no more
            return false;
        }
    }

    /// Through a file beside its place: whoever fetches the same at once has one of its own.
    private void fetch(Get objects, String path, Path place) throws IOException {
        String key = fileKey(path);
        Path folder = Files.createDirectories(place.toAbsolutePath().getParent());
        Path unfinished = Files.createTempFile(folder, "fetch", ".new");
        try {
            if (!objects.get(key, unfinished)) {
                throw new ModelFormatException("%s lacks %s: nothing is stored under %s".formatted(id(), path, key));
            }
            String actual = digest(unfinished).sha256();
            if (!actual.equals(place.getFileName().toString())) {
                throw new ModelFormatException(
                        "need SHA-256 %s of %s, got %s".formatted(place.getFileName(), key, actual));
            }
            Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /// Puts the files of a bundle's folder into the object store, the manifest last: who finds it finds all of them.
    public void publish(Path folder, Put put) {
        files.keySet().forEach(path -> put.put(fileKey(path), folder.resolve(path), "application/octet-stream"));
        try {
            Path manifest = Files.createTempFile("manifest", ".json");
            try {
                put.put(key(), Files.write(manifest, json()), "application/json");
            } finally {
                Files.delete(manifest);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not write the manifest of " + id(), e);
        }
    }

    /// Stores a file under a key.
    @FunctionalInterface
    public interface Put {
        void put(String key, Path file, String mediaType);
    }

    /// Reads what is stored under a key into a file.
    @FunctionalInterface
    public interface Get {
        /// @return whether there is such an object
        boolean get(String key, Path file);
    }

    private static void check(String field, String value, Pattern pattern) {
        if (!pattern.matcher(value).matches() || value.contains("..")) {
            throw new ModelFormatException("need %s for %s, got '%s'".formatted(pattern, field, value));
        }
    }

    private static FileDigest digest(Path file) {
        ByteBuffer bytes = Safetensors.map(file);
        return new FileDigest(ModelBundle.sha256(bytes), bytes.remaining());
    }
}
