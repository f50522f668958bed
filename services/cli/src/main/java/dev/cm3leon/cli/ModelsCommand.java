package dev.cm3leon.cli;

import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "models", description = "Show the models that are served.", mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    ModelsCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        JsonNode answer = shared.gateway().get("/v1/models");
        shared.print(answer, () -> Gateway.each(answer.path("data"))
                .map(model -> "%s  version %s, images of %s pixels, licence %s"
                        .formatted(
                                model.path("id").asString(),
                                model.path("version").asString("?"),
                                model.path("image_size").asString("?"),
                                model.path("licence").asString("?")))
                .collect(Collectors.joining("\n")));
        return 0;
    }
}
