package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.terminal.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "search", description = "Find documents of the memory bank.", mixinStandardHelpOptions = true)
final class SearchCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "What to look for.")
    private List<String> text = List.of();

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "A PNG or JPEG file: documents whose pictures look like it.")
    private @Nullable Path image;

    @Option(names = "-k", paramLabel = "K", description = "How many to show (10).")
    private int k = 10;

    SearchCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (k < 1) throw Failure.usage("need -k >= 1, got " + k);
        if (text.isEmpty() && image == null) throw Failure.usage("need TEXT or --image FILE, got neither");
        ObjectNode question = image == null ? Gateway.JSON.createObjectNode() : CaptionCommand.about(image);
        if (!text.isEmpty()) question.put("text", String.join(" ", text));
        question.put("k", k);
        JsonNode answer = ask(question);
        JsonNode found = answer.path("documents");
        shared.print(
                answer,
                () -> found.isEmpty()
                        ? "nothing was found"
                        : Gateway.each(found).map(SearchCommand::line).collect(Collectors.joining("\n")));
        return 0;
    }

    private JsonNode ask(ObjectNode question) {
        try {
            return shared.gateway().post("/v1/search", question);
        } catch (Failure failure) {
            throw image == null ? failure : failure.about(image);
        }
    }

    private static String line(JsonNode hit) {
        String terms =
                Gateway.each(hit.path("matched_terms")).map(JsonNode::asString).collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%.3f  %s  %s%s",
                hit.path("score").asDouble(),
                hit.path("document").asString(),
                Generation.shortened(hit.path("text").asString("")),
                terms.isEmpty() ? "" : "  (by its words: " + terms + ")");
    }
}
