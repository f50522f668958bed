package dev.cm3leon.cli;

import dev.cm3leon.cli.terminal.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// Which documents a generation is conditioned on.
final class Retrieval {
    @Option(
            names = "--retrieve",
            paramLabel = "K|off",
            description = "How many documents to search for, or off (what the model suggests).")
    private @Nullable String retrieve;

    @Option(
            names = "--document",
            paramLabel = "ID",
            description = "Condition on this document instead of searching; repeatable.")
    private List<String> documents = new ArrayList<>();

    /// Puts what is asked for into a request.
    void into(ObjectNode request) {
        if (retrieve != null && !documents.isEmpty()) {
            throw Failure.usage("--retrieve searches and --document gives the documents: need one of both");
        }
        if (retrieve != null) request.putObject("retrieval").put("documents", count());
        if (!documents.isEmpty()) {
            var given = request.putObject("retrieval").putArray("given");
            documents.forEach(given::add);
        }
    }

    private int count() {
        if (retrieve == null || retrieve.equals("off")) return 0;
        try {
            return Integer.parseUnsignedInt(retrieve);
        } catch (NumberFormatException e) {
            throw Failure.usage("need --retrieve with a number or off, got " + retrieve);
        }
    }
}
