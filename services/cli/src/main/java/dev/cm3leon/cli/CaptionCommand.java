package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.pictures.ImageFile;
import dev.cm3leon.cli.terminal.Failure;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
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
    private final Retrieval retrieval = new Retrieval();

    CaptionCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        ObjectNode request = about(image);
        retrieval.into(request);
        return write(shared, request, image);
    }

    /// A request for a text about a picture.
    static ObjectNode about(Path image) {
        ObjectNode request = Gateway.JSON.createObjectNode();
        request.putObject("image").put("b64", Generation.base64(ImageFile.read(image)));
        return request;
    }

    /// Writes what the model says.
    static int write(Shared shared, ObjectNode request, Path image) {
        return write(shared, request, image, said -> said);
    }

    /// @param whole the text to write for what the model says
    static int write(Shared shared, ObjectNode request, Path image, UnaryOperator<String> whole) {
        JsonNode job;
        try {
            job = Generation.complete(shared.gateway(), request, shared.terminal());
        } catch (Failure failure) {
            throw failure.about(image);
        }
        if (!shared.json) Generation.tell(job, shared.terminal());
        shared.print(
                job,
                () -> whole.apply(
                        job.path("candidates").path(0).path("text").asString("").strip()));
        return 0;
    }
}
