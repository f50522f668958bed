package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.pictures.ImageFile;
import dev.cm3leon.cli.terminal.Failure;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "fill",
        description = "Say what is left out of a text about a picture.",
        mixinStandardHelpOptions = true)
final class FillCommand implements Callable<Integer> {
    private static final String GAP = "___";
    private static final int LONGEST = 8; // tokens of a gap between words

    @Mixin
    private final Shared shared;

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A PNG or JPEG file.")
    private Path image = Path.of("");

    @Parameters(index = "1", paramLabel = "TEXT", description = "A text with ___ where something is left out.")
    private String text = "";

    FillCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        String[] around = text.split(GAP, -1);
        if (around.length != 2)
            throw Failure.usage(
                    "need a text with one gap, written %s, got %d of them".formatted(GAP, around.length - 1));
        String before = around[0].stripTrailing(), after = around[1].stripTrailing();
        ObjectNode request = Gateway.JSON.createObjectNode();
        ArrayNode parts = Generation.parts(request);
        if (!before.isEmpty()) Generation.text(parts, before);
        Generation.hole(parts, "text");
        if (!after.isEmpty()) {
            Generation.text(parts, after);
            request.putObject("sampling").put("max_text_tokens", LONGEST); // or it says the rest of the sentence too
        }
        Generation.image(parts, ImageFile.read(image));
        return CaptionCommand.write(shared, request, image, said -> (before + " " + said + after).strip());
    }
}
