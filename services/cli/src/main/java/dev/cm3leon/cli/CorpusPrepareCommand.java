package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Preparation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "prepare",
        description = {
            "Look through a dataset in its published files: what is there, what is broken and why.",
            "With --out it is written as WebDataset shards, which `cm3 ingest` takes; a stopped one goes on."
        },
        mixinStandardHelpOptions = true)
final class CorpusPrepareCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(
            index = "0",
            paramLabel = "DATASET",
            description = "coco, flickr30k, image-paragraph, localized-narratives, vqa2, vizwiz, okvqa, scienceqa or"
                    + " webdataset.")
    private String dataset = "";

    @Parameters(index = "1", paramLabel = "FOLDER", description = "With its annotation files and pictures.")
    private Path folder = Path.of("");

    @Option(names = "--split", description = "Only this one, such as train (all).")
    private String split = "";

    @Option(names = "--limit", paramLabel = "N", description = "The most records to read (all).")
    private long limit = Long.MAX_VALUE;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "Where shards are written; without it nothing is.")
    private @Nullable Path out;

    CorpusPrepareCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        Dataset kind = kind();
        if (!Files.isDirectory(folder)) throw Failure.usage("no such folder: " + folder);
        if (limit < 1) throw Failure.usage("need --limit >= 1, got " + limit);
        Preparation.Report report;
        try {
            report = out == null
                    ? Preparation.look(kind, folder, split, limit, this::tell)
                    : Preparation.write(kind, folder, split, limit, out, this::tell);
        } catch (IOException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        }
        shared.print(json(kind, report), () -> summary(kind, report));
        return report.samples() > 0 ? 0 : Failure.OTHER;
    }

    private Dataset kind() {
        try {
            return Dataset.of(dataset);
        } catch (IllegalArgumentException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        }
    }

    private void tell(Preparation.Report report) {
        shared.terminal().progress("Reading", "%d samples, %d skipped".formatted(report.samples(), report.skipped()));
    }

    private ObjectNode json(Dataset kind, Preparation.Report report) {
        ObjectNode json = Gateway.JSON.createObjectNode();
        json.put("dataset", kind.label())
                .put("samples", report.samples())
                .put("skipped", report.skipped())
                .put("words", report.words())
                .put("longest", report.longest());
        ObjectNode reasons = json.putObject("reasons");
        report.broken().forEach((reason, count) -> reasons.putObject(reason)
                .put("count", count)
                .put("example", report.examples().get(reason)));
        if (out != null) json.put("out", out.toString()).put("shards", report.shards());
        return json;
    }

    private String summary(Dataset kind, Preparation.Report report) {
        var lines = new StringBuilder(
                "%s: %,d samples, %,d skipped\n".formatted(kind.label(), report.samples(), report.skipped()));
        if (report.samples() > 0) {
            lines.append("texts: %.1f words on average, %,d the longest\n"
                    .formatted(report.words() / (double) report.samples(), report.longest()));
        }
        report.broken().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .forEach(reason -> lines.append("  skipped %,d: %s (first: %s)\n"
                        .formatted(
                                reason.getValue(),
                                reason.getKey(),
                                report.examples().get(reason.getKey()))));
        if (out != null) lines.append("%d shards in %s\n".formatted(report.shards(), out));
        return lines.toString();
    }
}
