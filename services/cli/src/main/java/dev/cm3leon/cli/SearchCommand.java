package dev.cm3leon.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "search", description = "Find documents of the memory bank.", mixinStandardHelpOptions = true)
final class SearchCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(arity = "1..*", paramLabel = "TEXT", description = "What to look for.")
    private List<String> text = List.of();

    @Option(names = "-k", paramLabel = "K", description = "How many to show (10).")
    private int k = 10;

    SearchCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (k < 1) throw Failure.usage("need -k >= 1, got " + k);
        String query = URLEncoder.encode(String.join(" ", text), StandardCharsets.UTF_8);
        JsonNode answer = shared.gateway().get("/v1/search?text=" + query + "&k=" + k);
        JsonNode found = answer.path("documents");
        shared.print(
                answer,
                () -> found.isEmpty()
                        ? "nothing was found"
                        : Gateway.each(found).map(SearchCommand::line).collect(Collectors.joining("\n")));
        return 0;
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
