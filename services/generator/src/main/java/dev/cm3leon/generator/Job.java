package dev.cm3leon.generator;

import dev.cm3leon.decoding.ContrastiveDecoding;
import dev.cm3leon.decoding.Sampling;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.SampledCandidates.Sampled;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One generation in the pool: its candidates wait, are decoded, and are done.
final class Job {

    /// Hears now and then how far a job is. Called by the decoding thread: to return at once.
    @FunctionalInterface
    interface Progress {
        void report(Job job, int position, double tokensPerSecond, List<Integer> codes);
    }

    private static final int MOST_CANDIDATES = 4096; // the gateway lets through far fewer

    final GenerationRequest request;
    final Prompt prompt;
    final Progress progress;
    final CompletableFuture<List<Sampled>> result = new CompletableFuture<>();

    /// Completed when its first candidate gets rows.
    final CompletableFuture<@Nullable Void> begun = new CompletableFuture<>();

    private final @Nullable Sampled[] sampled;
    private int started;
    private int done;
    private volatile long tokens; // written by the decoding thread
    private volatile long begin;
    private volatile long end;
    private int reported;

    /// Candidate 0 while it is decoded: the one whose picture is shown.
    private @Nullable Sequence shown;

    private Sequence.@Nullable Logits promptLogits;

    Job(GenerationRequest request, Prompt prompt, Progress progress) {
        if (request.candidates() < 1 || request.candidates() > MOST_CANDIDATES) {
            throw new IllegalArgumentException(
                    "need 1 <= candidates <= %d, got %d".formatted(MOST_CANDIDATES, request.candidates()));
        }
        this.request = request;
        this.prompt = prompt;
        this.progress = progress;
        this.sampled = new Sampled[request.candidates()];
    }

    /// Whether every candidate has had its rows.
    boolean allStarted() {
        return started == sampled.length;
    }

    /// The way candidate `index` is sampled: of both ways, the first half by top-p (figure 4).
    Decoding decoding(int index) {
        Decoding asked = request.sampling().decoding();
        if (asked != Decoding.BOTH) return asked;
        return index < (sampled.length + 1) / 2 ? Decoding.TOP_P : Decoding.CD_K;
    }

    /// How candidate `index` is drawn.
    ///
    /// @throws IllegalArgumentException naming the setting that is out of range
    Sampling sampling(int index) {
        var settings = request.sampling();
        var temperature = new Sampling.Temperature(
                settings.temperature(), Objects.requireNonNullElse(settings.textTemperature(), settings.temperature()));
        return switch (decoding(index)) {
            case TOP_P ->
                new Sampling.TopP(
                        temperature,
                        Objects.requireNonNullElse(settings.minP(), 0.0),
                        Objects.requireNonNullElse(settings.topK(), Sampling.ALL),
                        settings.topP(),
                        settings.guidanceScale(),
                        Objects.requireNonNullElse(settings.imageGuidanceScale(), settings.guidanceScale()));
            case CD_K ->
                new Sampling.CdK(
                        temperature,
                        new ContrastiveDecoding(
                                settings.cdAlpha(),
                                settings.cdK(),
                                Objects.requireNonNullElse(settings.cdExpertTemperature(), 1.0),
                                Objects.requireNonNullElse(settings.cdAmateurTemperature(), 1.0)));
            case BOTH -> throw new IllegalStateException("a candidate is drawn one way");
        };
    }

    /// How many rows a candidate takes.
    int streams() {
        return prompt.streams().size();
    }

    int nextIndex() {
        if (started == 0) {
            begin = System.nanoTime();
            begun.complete(null);
        }
        return started++;
    }

    /// @param logits what follows the prompt
    void promptIsRead(Sequence.Logits logits) {
        promptLogits = logits;
    }

    /// What follows the prompt: what every candidate draws its first token from.
    Sequence.Logits promptLogits() {
        return Objects.requireNonNull(promptLogits, "the prompt is not read");
    }

    void show(Sequence first) {
        shown = first;
    }

    void finish(Sampled candidate) {
        sampled[candidate.index()] = candidate;
        end = System.nanoTime();
        if (++done == sampled.length) result.complete(List.of(Arrays.copyOf(sampled, done, Sampled[].class)));
    }

    /// Stops it: whoever waits for the result sees a cancellation, and the pool drops its sequences.
    void cancel() {
        result.completeExceptionally(new CancellationException());
    }

    void fail(Throwable reason) {
        result.completeExceptionally(reason);
    }

    /// Whether nobody waits for it any more: done, failed or cancelled.
    boolean isOver() {
        return result.isDone();
    }

    /// From when its first candidate got rows to the end of its last: the reading of the prompt is among them, and
    /// what later candidates waited for rows.
    double decodeSeconds() {
        return (end - begin) / 1e9;
    }

    /// Tokens decoded, of all candidates.
    long tokens() {
        return tokens;
    }

    /// Counts a token, and reports every eighth of each candidate, or every sixteenth part where that is more: a report
    /// has all codes so far, and whoever shows a job keeps them all.
    void tokenDecoded() {
        tokens = tokens + 1;
        int position = (int) (tokens / sampled.length);
        int next = reported + Math.max(8, prompt.newTokens() / 16);
        if (position < next || position >= prompt.newTokens()) return;
        reported = position;
        double seconds = (System.nanoTime() - begin) / 1e9;
        progress.report(this, position, tokens / seconds, shown == null ? List.of() : shown.codes());
    }
}
