package dev.cm3leon.cli;

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
        JsonNode model = json(folder.resolve("model.json"));
        SequencedMap<String, Path> files = new LinkedHashMap<>();
        for (String file : model.path("files").propertyNames()) files.put(file, folder.resolve(file));
        if (clip == null) return publish(model, files, folder.resolve("model.json"));
        files.keySet().removeIf(file -> file.startsWith("clip/"));
        for (Path file : clipFiles(clip)) files.put("clip/" + file.getFileName(), file);
        JsonNode other = withFiles(model, files);
        try {
            Path written = Files.createTempFile("model", ".json");
            try {
                return publish(other, files, Files.write(written, Gateway.JSON.writeValueAsBytes(other)));
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

    /// A model of other files; its version is made of them.
    private static JsonNode withFiles(JsonNode model, Map<String, Path> files) {
        var other = (ObjectNode) model.deepCopy();
        ObjectNode digests = other.putObject("files");
        files.forEach((file, place) -> digests.put(file, sha256(place)));
        byte[] version = sha256().digest(Gateway.JSON.writeValueAsBytes(digests));
        return other.put("version", HexFormat.of().formatHex(version, 0, 6));
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
