package dev.cm3leon.cli;

import dev.cm3leon.documents.TextTasks;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "ask", description = "Ask a question about a picture.", mixinStandardHelpOptions = true)
final class AskCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A PNG or JPEG file.")
    private Path image = Path.of("");

    @Parameters(index = "1", paramLabel = "QUESTION", description = "The question.")
    private String question = "";

    @Option(names = "--step-by-step", description = "For yes or no: what is seen first, then the verdict.")
    private boolean stepByStep;

    AskCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (question.isBlank()) throw Failure.usage("need a question, got an empty one");
        String asked = question.strip();
        String words = stepByStep ? TextTasks.stepByStep(asked) : TextTasks.question(asked);
        return CaptionCommand.write(shared, words, image, new Retrieving());
    }
}
