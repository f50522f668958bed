package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.ModelManifest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "publish",
        description = "Put a model's folder into the object store, so that it can be asked for and promoted.",
        mixinStandardHelpOptions = true)
final class ModelsPublishCommand implements Callable<Integer> {
    private static final String HUGGING_FACE = "(config|preprocessor_config|tokenizer)\\.json"
            + "|model(-[0-9]+-of-[0-9]+)?\\.safetensors(\\.index\\.json)?";
    private static final String OPEN_CLIP = "(open_clip_config|tokenizer)\\.json|open_clip_model\\.safetensors";

    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "FOLDER", description = "A bundle: model.json and the files that it lists.")
    private Path folder = Path.of("");

    @Option(
            names = "--evaluation",
            paramLabel = "FILE.json",
            description = "Measures by name, beside the numbers that model.json has under training.")
    private @Nullable Path evaluation;

    @Option(
            names = "--clip",
            paramLabel = "FOLDER",
            description = "A CLIP of Hugging Face or open_clip that is to search and to rank in place of the bundle's"
                    + " own; what is published is a version of its own then.")
    private @Nullable Path clip;

    @Option(names = "--run", paramLabel = "RUN", description = "The training run that it comes from.")
    private @Nullable String run;

    ModelsPublishCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        ObjectNode model = object(folder.resolve("model.json")), digests = digests(model);
        if (clip == null) return publish(model, files(folder, digests), folder.resolve("model.json"));
        for (String file : List.copyOf(digests.propertyNames())) if (file.startsWith("clip/")) digests.remove(file);
        SequencedMap<String, Path> files = files(folder, digests);
        for (Path file : clipFiles(clip)) {
            String path = "clip/" + file.getFileName();
            files.put(path, file);
            digests.put(path, sha256(file));
        }
        byte[] version = sha256().digest(Gateway.JSON.writeValueAsBytes(model)); // made of its files, and the version
        model.put("version", HexFormat.of().formatHex(version, 0, 6));
        try {
            Path written = Files.createTempFile("model", ".json");
            try {
                return publish(model, files, Files.write(written, Gateway.JSON.writeValueAsBytes(model)));
            } finally {
                Files.delete(written);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write model.json", e);
        }
    }

    private int publish(JsonNode model, SequencedMap<String, Path> files, Path description) {
        files.put("model.json", description);
        ObjectNode manifest = manifest(model, files);
        String path = ModelsCommand.path(
                model.path("name").asString("") + "@" + model.path("version").asString(""));
        Gateway gateway = shared.gateway();
        files.forEach((file, place) -> {
            shared.terminal().progress("publishing", file);
            gateway.put(path + "/files/" + file, place);
        });
        JsonNode published = gateway.post(path, manifest);
        shared.print(published, () -> ModelsCommand.describe(published));
        return 0;
    }

    /// Those of Hugging Face's layout, where there are none those of open_clip's.
    private static List<Path> clipFiles(Path folder) {
        String names = Files.exists(folder.resolve("config.json")) ? HUGGING_FACE : OPEN_CLIP;
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files = all.filter(file -> file.getFileName().toString().matches(names))
                    .sorted()
                    .toList();
            if (files.isEmpty()) throw Failure.usage("need the files of a CLIP in %s, got none".formatted(folder));
            return files;
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    /// The digests of a model's files by their paths, as `model.json` has them.
    static ObjectNode digests(ObjectNode model) {
        if (model.path("files") instanceof ObjectNode digests) return digests;
        throw Failure.usage("need an object for files of model.json, got " + model.path("files"));
    }

    /// Where the files of a model lie, by their paths: each inside the folder, and as its digest says.
    static SequencedMap<String, Path> files(Path folder, ObjectNode digests) {
        SequencedMap<String, Path> files = new LinkedHashMap<>();
        digests.properties().forEach(entry -> {
            String path = entry.getKey(), expected = entry.getValue().asString("");
            try {
                ModelManifest.fileKey("name@version", path);
            } catch (ModelFormatException e) {
                throw Failure.usage("files of model.json: " + e.getMessage());
            }
            Path file = folder.resolve(path);
            String actual = sha256(file);
            if (!actual.equals(expected)) {
                throw Failure.usage(
                        "need SHA-256 %s of %s, as model.json says, got %s".formatted(expected, file, actual));
            }
            files.put(path, file);
        });
        return files;
    }

    private ObjectNode manifest(JsonNode model, Map<String, Path> files) {
        ObjectNode manifest = Gateway.JSON.createObjectNode();
        manifest.put("format", "cm3leon-model-1");
        for (String field : List.of("name", "version", "licence")) {
            manifest.put(field, model.path(field).asString(""));
        }
        if (run != null) manifest.put("run", run);
        ObjectNode measures = manifest.putObject("evaluation");
        numbers(model.path("training"), measures);
        numbers(model.path("evaluation"), measures);
        if (evaluation != null) numbers(json(evaluation), measures);
        measures.remove("seed");
        ObjectNode digests = manifest.putObject("files");
        files.forEach((file, place) ->
                digests.putObject(file).put("sha256", sha256(place)).put("bytes", size(place)));
        return manifest;
    }

    private static void numbers(JsonNode from, ObjectNode to) {
        from.properties().forEach(entry -> {
            if (entry.getValue().isNumber()) to.set(entry.getKey(), entry.getValue());
        });
    }

    static ObjectNode object(Path file) {
        if (json(file) instanceof ObjectNode object) return object;
        throw Failure.usage("need a JSON object in " + file);
    }

    private static JsonNode json(Path file) {
        try {
            return Gateway.JSON.readTree(bytes(file));
        } catch (JacksonException e) {
            throw Failure.usage("%s is not JSON: %s".formatted(file, e.getOriginalMessage()));
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /// Of a file that may be larger than what fits into memory.
    static String sha256(Path file) {
        try (var in = new DigestInputStream(Files.newInputStream(file), sha256())) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Failure unreadable(Path file, IOException e) {
        return Failure.usage("cannot read %s: %s".formatted(file, e.getMessage()));
    }
}
