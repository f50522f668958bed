package dev.cm3leon.generator;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/// How many tokens a second the decoder makes (claim 40): a table on standard output, a row for each kind of
/// answer, number of streams, of candidates of a job, and of jobs at once. `ThroughputMain [MODEL] [THREADS]`:
/// a folder or `classpath:models/scenes`, and threads of ONNX Runtime (1).
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
        String row() {
            return "| %s | %d | %d | %d | %d | %.0f | %.2f |"
                    .formatted(
                            kind.name().toLowerCase(java.util.Locale.ROOT),
                            streams,
                            candidates,
                            jobs,
                            streams * candidates * jobs,
                            tokens / seconds,
                            seconds / (candidates * jobs));
        }
    }

    public static void main(String[] arguments) {
        ModelBundle bundle = ModelBundle.open(arguments.length > 0 ? arguments[0] : ModelBundle.DEFAULT);
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        System.out.printf("%s, float32, %d threads of ONNX Runtime%n%n", bundle.name(), threads);
        System.out.println("| answer | streams | candidates | jobs | rows at once | tokens/s | seconds a candidate |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (Kind kind : Kind.values()) {
            for (int candidates : CANDIDATES) {
                for (int jobs : JOBS) {
                    measure(rows -> bundle.openTransformer(rows, threads), kind, candidates, jobs); // warm
                    System.out.println(measure(rows -> bundle.openTransformer(rows, threads), kind, candidates, jobs)
                            .row());
                }
            }
        }
    }

    /// @param open a transformer of so many rows
    static Measured measure(IntFunction<Transformer> open, Kind kind, int candidates, int jobs) {
        int streams = kind == Kind.EDIT ? 3 : 2;
        Transformer transformer = open.apply(streams * candidates * jobs);
        Prompt prompt = prompt(kind, transformer.config());
        try (var pool = new DecodePool(transformer, (count, rows, nanoseconds) -> {})) {
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
                        List.of(
                                new PromptPart.Text(new int[0]),
                                new PromptPart.Image(codes),
                                new PromptPart.Text(words),
                                new PromptPart.ImageHole()),
                        TEXT);
            case TEXT ->
                layout.lay(
                        List.of(),
                        List.of(new PromptPart.Text(words), new PromptPart.TextHole(), new PromptPart.Image(codes)),
                        TEXT);
        };
    }
}
