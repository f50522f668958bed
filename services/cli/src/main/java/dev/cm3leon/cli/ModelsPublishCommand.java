package dev.cm3leon.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
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
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "FOLDER", description = "A bundle: model.json and the files that it lists.")
    private Path folder = Path.of("");

    @Option(
            names = "--evaluation",
            paramLabel = "FILE.json",
            description = "Measures by name, beside the numbers that model.json has under training.")
    private @Nullable Path evaluation;

    @Option(names = "--run", paramLabel = "RUN", description = "The training run that it comes from.")
    private @Nullable String run;

    ModelsPublishCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        JsonNode model = json(folder.resolve("model.json"));
        List<String> files = new ArrayList<>(model.path("files").propertyNames());
        files.add("model.json");
        ObjectNode manifest = manifest(model, files);
        String path = ModelsCommand.path(
                model.path("name").asString("") + "@" + model.path("version").asString(""));
        Gateway gateway = shared.gateway();
        for (String file : files) {
            shared.terminal().progress("publishing", file);
            gateway.put(path + "/files/" + file, folder.resolve(file));
        }
        JsonNode published = gateway.post(path, manifest);
        shared.print(published, () -> ModelsCommand.describe(published));
        return 0;
    }

    private ObjectNode manifest(JsonNode model, List<String> files) {
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
        for (String file : files) {
            Path one = folder.resolve(file);
            digests.putObject(file).put("sha256", sha256(one)).put("bytes", size(one));
        }
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
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Failure unreadable(Path file, IOException e) {
        return Failure.usage("cannot read %s: %s".formatted(file, e.getMessage()));
    }
}
