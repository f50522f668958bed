package dev.cm3leon.generator;

import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.transformer.Transformer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decodes the candidates of many jobs together: continuous batching. One thread owns the transformer. Before each
/// token step, candidates that wait take free rows, first come, first served; when one ends its rows go to the next.
/// A job's candidates may so be decoded at different times.
///
/// Every candidate takes two rows, the stream with the prompt and the one without: guidance and CD-K mix their
/// logits, and the reranker wants the likelihoods of both. Editing with three streams takes three.
final class DecodePool implements AutoCloseable {

    /// Hears of every token step, on the decoding thread: to return at once.
    @FunctionalInterface
    interface Steps {
        /// @param tokens decoded since the last step was told: one of each candidate, and the first of those that began
        /// @param rows of the transformer that the candidates have
        /// @param nanoseconds of the transformer's step
        void decoded(int tokens, int rows, long nanoseconds);
    }

    private static final Logger log = LoggerFactory.getLogger(DecodePool.class);

    private final Transformer transformer;
    private final Steps steps;
    private final Vocabulary vocabulary;
    private final BlockingQueue<Job> submitted = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    // of the decoding thread
    private final Deque<Job> waiting = new ArrayDeque<>();
    private final List<Sequence> active = new ArrayList<>();
    private final Deque<Sequence.Logits> spare = new ArrayDeque<>();
    private int[] rows = {};
    private int[] ids = {};
    private int[] nextCells = {};
    private float[][] logits = {};
    private int tokens; // decoded since the last step was told

    /// @param transformer is closed with the pool
    DecodePool(Transformer transformer, Steps steps) {
        if (transformer.rows() < 2) {
            throw new IllegalArgumentException("need 2 rows for a candidate, got " + transformer.rows());
        }
        this.transformer = transformer;
        this.steps = steps;
        this.vocabulary = transformer.config().vocabulary();
        this.thread = Thread.ofPlatform().name("decode").daemon().start(this::run);
    }

    /// Takes a job; its result tells how it ended: candidates by index, a [CancellationException], or what went wrong.
    void submit(Job job) {
        try {
            requireFits(job);
        } catch (IllegalArgumentException e) {
            job.fail(e);
            return;
        }
        submitted.add(job);
        if (closed) job.cancel();
    }

    /// A job that were too long would end the others in the middle of a step; one that took too many rows would wait
    /// for ever, and all behind it.
    private void requireFits(Job job) {
        if (job.streams() > transformer.rows())
            throw new IllegalArgumentException(
                    "need %d rows for a candidate, got %d".formatted(job.streams(), transformer.rows()));
        int context = transformer.config().context();
        for (TokenStream stream : job.prompt.streams())
            if (stream.length() + job.prompt.newTokens() > context)
                throw new ContextOverflowException(stream.length(), job.prompt.newTokens(), context);
    }

    /// Stops decoding and closes the transformer. Jobs that are not done are cancelled.
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        thread.interrupt();
        try {
            thread.join();
            transformer.close(); // not under the feet of a step
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            try {
                admit();
                step();
            } catch (InterruptedException e) {
                closed = true;
            } catch (RuntimeException
                    | Error e) { // of the transformer itself: nobody's job is to blame, all are affected
                log.error("{} candidates fail", active.size(), e);
                active.forEach(sequence -> sequence.job().fail(e));
                dropEnded();
            }
        }
        active.forEach(sequence -> sequence.job().cancel());
        dropEnded();
        submitted.drainTo(waiting);
        waiting.forEach(Job::cancel);
    }

    /// Gives rows to candidates that wait. With nothing to decode it waits for a job.
    private void admit() throws InterruptedException {
        if (active.isEmpty() && waiting.isEmpty()) waiting.add(submitted.take());
        submitted.drainTo(waiting);
        dropEnded();
        while (!waiting.isEmpty()) {
            Job job = waiting.getFirst();
            if (!job.isOver() && !job.allStarted()) {
                if (transformer.freeRows() < job.streams()) break;
                start(job);
            }
            if (job.isOver() || job.allStarted()) waiting.removeFirst();
        }
    }

    /// Starts as many candidates of a job as there are rows. They share their prompt, so only the first reads it.
    private void start(Job job) {
        try {
            @Nullable Sequence read = ofJob(job);
            while (!job.allStarted() && transformer.freeRows() >= job.streams()) {
                Sequence sequence = new Sequence(job, job.nextIndex(), vocabulary, spareLogits());
                active.add(sequence);
                if (sequence.index() == 0) job.show(sequence);
                if (read == null) {
                    sequence.admit(transformer);
                    read = sequence;
                } else {
                    sequence.fork(read, transformer);
                }
            }
        } catch (RuntimeException | Error e) { // this job's prompt
            job.fail(e);
            dropEnded();
            return;
        }
        active.replaceAll(sequence -> sequence.job() == job && sequence.length() == 0 ? advance(sequence) : sequence);
        dropEnded();
    }

    /// A candidate of this job that has rows. Until all are started there is one, or none has had any yet.
    private @Nullable Sequence ofJob(Job job) {
        for (Sequence sequence : active) if (sequence.job() == job) return sequence;
        return null;
    }

    /// One token for every active candidate.
    private void step() {
        dropEnded();
        if (active.isEmpty()) return;
        int n = 0;
        for (Sequence sequence : active) n += sequence.rows().length;
        if (rows.length != n) {
            rows = new int[n];
            ids = new int[n];
            nextCells = new int[n];
            logits = new float[n][];
        }
        int at = 0;
        for (Sequence sequence : active) {
            for (int s = 0; s < sequence.rows().length; s++, at++) {
                rows[at] = sequence.rows()[s];
                ids[at] = sequence.lastId();
                nextCells[at] = sequence.nextCell();
                logits[at] = sequence.logits().streams()[s];
            }
        }
        long begin = System.nanoTime();
        try {
            transformer.step(rows, ids, nextCells, logits);
        } catch (IllegalStateException e) { // of all jobs: memory that lacks may be there at once
            log.warn("a step is done again", e);
            transformer.step(rows, ids, nextCells, logits);
        }
        long nanoseconds = System.nanoTime() - begin;
        active.replaceAll(this::advance);
        dropEnded();
        tell(n, nanoseconds);
    }

    private void tell(int n, long nanoseconds) {
        try {
            steps.decoded(tokens, n, nanoseconds);
        } catch (RuntimeException e) { // no job's fault
            log.warn("a step is not told", e);
        }
        tokens = 0;
    }

    /// Draws a candidate's next token. When that was its last, the next of its job that waits goes on in its rows.
    ///
    /// @return the one that has the rows
    private Sequence advance(Sequence sequence) {
        Job job = sequence.job();
        Sequence now = sequence;
        try {
            draw(now);
            while (now.isComplete()) {
                job.finish(now.sampled());
                if (job.isOver() || job.allStarted()) break;
                Sequence next = new Sequence(job, job.nextIndex(), vocabulary, now.logits());
                next.follow(now, transformer);
                now = next;
                draw(now);
            }
        } catch (RuntimeException e) { // this job's settings
            job.fail(e);
        }
        return now;
    }

    private void draw(Sequence sequence) {
        sequence.advance();
        tokens++;
        sequence.job().tokenDecoded();
    }

    /// Frees the rows of candidates that are complete, and of jobs that are over.
    private void dropEnded() {
        active.removeIf(sequence -> {
            if (!sequence.isComplete() && !sequence.job().isOver()) return false;
            sequence.release(transformer);
            spare.add(sequence.logits());
            return true;
        });
    }

    private Sequence.Logits spareLogits() {
        Sequence.@Nullable Logits one = spare.poll();
        return one != null ? one : Sequence.Logits.of(vocabulary.size());
    }
}
