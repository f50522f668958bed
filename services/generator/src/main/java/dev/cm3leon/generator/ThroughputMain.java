package dev.cm3leon.generator;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.transformer.Transformer;
import dev.cm3leon.model.transformer.TransformerConfig;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntFunction;
import tools.jackson.databind.json.JsonMapper;

/// How many tokens a second the decoder makes (claim 40): a table on standard output, a row for each kind of
/// answer, number of streams, of candidates of a job, and of jobs at once. `ThroughputMain [MODEL] [THREADS] [JSON]`:
/// a folder or `classpath:models/scenes`, threads of ONNX Runtime (1), and whether the same is written as one JSON
/// document, the table on standard error meanwhile (false).
public final class ThroughputMain {
    private static final int TEXT = 24; // tokens of a prompt's text, and the most of an answer
    private static final int[] CANDIDATES = {1, 4}, JOBS = {1, 4};

    private ThroughputMain() {}

    /// What is asked for, and so how many streams a candidate has.
    enum Kind {
        IMAGE,
        EDIT,
        TEXT
    }

    /// @param tokens of all candidates of all jobs
    record Measured(Kind kind, int streams, int candidates, int jobs, int tokens, double seconds) {
        Row figures() {
            return new Row(
                    kind.name().toLowerCase(Locale.ROOT),
                    streams,
                    candidates,
                    jobs,
                    streams * candidates * jobs,
                    tokens / seconds,
                    seconds / (candidates * jobs));
        }
    }

    /// What is told of it.
    record Row(
            String answer,
            int streams,
            int candidates,
            int jobs,
            @JsonProperty("rows_at_once") int rowsAtOnce,
            @JsonProperty("tokens_per_second") double tokensPerSecond,
            @JsonProperty("seconds_a_candidate") double secondsACandidate) {
        String line() {
            return "| %s | %d | %d | %d | %d | %.0f | %.2f |"
                    .formatted(answer, streams, candidates, jobs, rowsAtOnce, tokensPerSecond, secondsACandidate);
        }
    }

    private record Table(String model, int threads, List<Row> rows) {}

    public static void main(String[] arguments) {
        ModelBundle bundle = ModelBundle.open(arguments.length > 0 ? arguments[0] : ModelBundle.DEFAULT);
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        boolean json = arguments.length > 2 && Boolean.parseBoolean(arguments[2]);
        PrintStream out = json ? System.err : System.out;
        out.printf("%s, %s, %d threads of ONNX Runtime%n%n", bundle.id(), bundle.precision(), threads);
        out.println("| answer | streams | candidates | jobs | rows at once | tokens/s | seconds a candidate |");
        out.println("|---|---|---|---|---|---|---|");
        List<Row> rows = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (int candidates : CANDIDATES) {
                for (int jobs : JOBS) {
                    measure(count -> bundle.openTransformer(count, threads), kind, candidates, jobs); // warm
                    Row row = measure(count -> bundle.openTransformer(count, threads), kind, candidates, jobs)
                            .figures();
                    out.println(row.line());
                    rows.add(row);
                }
            }
        }
        if (json) System.out.println(JsonMapper.shared().writeValueAsString(new Table(bundle.id(), threads, rows)));
    }

    /// @param open a transformer of so many rows
    static Measured measure(IntFunction<Transformer> open, Kind kind, int candidates, int jobs) {
        int streams = kind == Kind.EDIT ? 3 : 2;
        Transformer transformer = open.apply(streams * candidates * jobs);
        Prompt prompt = prompt(kind, transformer.config());
        try (var pool = new DecodePool(transformer, (tokens, rows, nanoseconds) -> {})) {
            List<Job> all = new ArrayList<>();
            for (int i = 0; i < jobs; i++) all.add(job("job " + i, candidates, i, prompt));
            long begin = System.nanoTime();
            all.forEach(pool::submit);
            int tokens = 0;
            for (Job job : all)
                for (Sampled sampled : job.result.join())
                    tokens += sampled.ids().size();
            return new Measured(kind, streams, candidates, jobs, tokens, (System.nanoTime() - begin) / 1e9);
        }
    }

    private static Job job(String id, int candidates, long seed, Prompt prompt) {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, TEXT);
        var request =
                new GenerationRequest(id, "public", null, List.of(), sampling, candidates, 0, List.of(), seed, null);
        return new Job(request, prompt, (job, position, tokensPerSecond, codes) -> {});
    }

    /// Of random words and codes: how long it takes does not depend on them, but for where a text ends.
    private static Prompt prompt(Kind kind, TransformerConfig config) {
        var random = new Random(1);
        var layout = PromptLayout.of(config.vocabulary(), config.grid(), config.context());
        int[] words = random.ints(TEXT, 4, config.vocabulary().textSize()).toArray();
        int[] codes = random.ints(config.grid().cells(), 0, config.vocabulary().imageCodes())
                .toArray();
        return switch (kind) {
            case IMAGE -> layout.textToImage(List.of(), words);
            case EDIT ->
                layout.layEdit(
                        List.of(),
                        List.of(new PromptPart.Image(codes), new PromptPart.Text(words), new PromptPart.ImageHole()),
                        TEXT);
            case TEXT ->
                layout.lay(
                        List.of(),
                        List.of(new PromptPart.Text(words), new PromptPart.TextHole(), new PromptPart.Image(codes)),
                        TEXT);
        };
    }
}
