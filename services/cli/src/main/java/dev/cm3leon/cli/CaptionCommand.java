package dev.cm3leon.cli;

import dev.cm3leon.documents.TextTasks;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "caption", description = "Describe a picture.", mixinStandardHelpOptions = true)
final class CaptionCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "IMAGE", description = "A PNG or JPEG file.")
    private Path image = Path.of("");

    @Mixin
    private final Retrieving retrieving = new Retrieving();

    CaptionCommand(Shared shared) {
        this.shared = shared;
    }

    /// Behind documents a picture has a caption of their form, with their names, and no instruction asks for it.
    @Override
    public Integer call() {
        return write(shared, retrieving.wanted() ? "" : TextTasks.DESCRIBE, image, retrieving);
    }

    /// The model writes the text that stands between an instruction, if there is one, and a picture.
    static int write(Shared shared, String instruction, Path image, Retrieving retrieving) {
        byte[] file = ImageFile.read(image);
        ObjectNode request = Gateway.JSON.createObjectNode();
        retrieving.into(request);
        var parts = Generation.parts(request);
        if (!instruction.isEmpty()) Generation.text(parts, instruction);
        Generation.hole(parts, "text");
        Generation.image(parts, file);
        JsonNode job;
        try {
            job = Generation.complete(shared.gateway(), request, shared.terminal());
        } catch (Failure failure) {
            throw failure.about(image);
        }
        if (!shared.json) Generation.tell(job, shared.terminal());
        shared.print(
                job,
                () -> job.path("candidates").path(0).path("text").asString("").strip());
        return 0;
    }
}
