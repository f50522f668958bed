package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "quantize",
        description = {
            "Make a model of a model's folder whose decoder holds its weights in int8 or int4.",
            "They are rounded when it is opened; what it draws changes, so it is another version."
        },
        mixinStandardHelpOptions = true)
final class ModelsQuantizeCommand implements Callable<Integer> {
    private static final String CONFIG = "transformer/config.json";

    /// As `transformer/config.json` has them.
    enum Precision {
        INT8,
        INT4
    }

    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "FOLDER", description = "A bundle: model.json and the files that it lists.")
    private Path folder = Path.of("");

    @Option(names = "--precision", required = true, description = "${COMPLETION-CANDIDATES}.")
    private @Nullable Precision precision;

    @Option(names = "--output", required = true, paramLabel = "FOLDER", description = "Of the new model.")
    private @Nullable Path output;

    ModelsQuantizeCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        if (precision == null || output == null) throw new IllegalStateException("required"); // picocli sees to it
        if (Files.exists(output)) throw Failure.usage(output + " exists");
        String name = precision.name().toLowerCase(Locale.ROOT);
        ObjectNode model = ModelsPublishCommand.object(folder.resolve("model.json"));
        ObjectNode config = ModelsPublishCommand.object(folder.resolve(CONFIG));
        ObjectNode digests = ModelsPublishCommand.digests(model);
        Map<String, Path> files = ModelsPublishCommand.files(folder, digests);
        if (!files.containsKey(CONFIG)) throw Failure.usage("need %s among files of model.json".formatted(CONFIG));
        Path whole = output.toAbsolutePath().normalize();
        Path unfinished = whole.resolveSibling(
                whole.getFileName() + "." + ProcessHandle.current().pid());
        try {
            for (Map.Entry<String, Path> file : files.entrySet()) {
                Path copy = unfinished.resolve(file.getKey());
                Files.createDirectories(copy.getParent());
                Files.copy(file.getValue(), copy);
            }
            write(config.put("precision", name), unfinished.resolve(CONFIG));
            digests.put(CONFIG, ModelsPublishCommand.sha256(unfinished.resolve(CONFIG)));
            model.put("version", model.path("version").asString("") + "-" + name);
            write(model, unfinished.resolve("model.json"));
            Files.move(unfinished, whole, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Servers.deleteTree(unfinished); // where something failed
        }
        shared.print(
                model,
                () ->
                        "%s@%s in %s\nTo draw with it: `cm3 models publish %s`, then `cm3 models promote` what that prints."
                                .formatted(
                                        model.path("name").asString(),
                                        model.path("version").asString(),
                                        output,
                                        output));
        return 0;
    }

    private static void write(ObjectNode json, Path file) throws IOException {
        Files.writeString(file, Gateway.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }
}
