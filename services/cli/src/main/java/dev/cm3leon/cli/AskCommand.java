package dev.cm3leon.cli;

import dev.cm3leon.cli.terminal.Failure;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "ask", description = "Ask a question about a picture.", mixinStandardHelpOptions = true)
final class AskCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A PNG or JPEG file.")
    private Path image = Path.of("");

    @Parameters(index = "1", paramLabel = "QUESTION", description = "The question.")
    private String question = "";

    @Option(
            names = "--step-by-step",
            negatable = true,
            description = "What is seen first, then the verdict (for yes or no: what the model suggests).")
    private @Nullable Boolean stepByStep;

    AskCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (question.isBlank()) throw Failure.usage("need a question, got an empty one");
        ObjectNode request = CaptionCommand.about(image);
        request.put("question", question);
        if (stepByStep != null) request.put("step_by_step", stepByStep);
        return CaptionCommand.write(shared, request, image);
    }
}
