package dev.cm3leon.generator;

import dev.cm3leon.decoding.CandidateDecoder;
import dev.cm3leon.documents.Target;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.model.transformer.Transformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One candidate while it is decoded: two rows, or three, that get the same tokens. What it draws depends on
/// its job, its index and its own tokens alone, so it is the same whatever else is decoded with it.
final class Sequence {

    private static final int NO_ROW = -1;
    private static final int MOST_STREAMS = 3;

    /// What follows in each stream, in the order of [Prompt#streams], one number for each id.
    record Logits(float[][] streams) {
        static Logits of(int vocabularySize) {
            return new Logits(new float[MOST_STREAMS][vocabularySize]);
        }

        Logits copy(int count) {
            return new Logits(
                    Arrays.stream(streams, 0, count).map(float[]::clone).toArray(float[][]::new));
        }

        void set(Logits other) {
            for (int s = 0; s < other.streams.length; s++)
                System.arraycopy(other.streams[s], 0, streams[s], 0, other.streams[s].length);
        }
    }

    private final Job job;
    private final int index;
    private final Vocabulary vocabulary;
    private final Logits logits;
    private final CandidateDecoder decoder;
    private final int[] rows;
    private int lastId;

    Sequence(Job job, int index, Vocabulary vocabulary, Logits logits) {
        this.job = job;
        this.index = index;
        this.vocabulary = vocabulary;
        this.logits = logits;
        this.rows = new int[job.streams()];
        Arrays.fill(rows, NO_ROW);
        this.decoder =
                new CandidateDecoder(vocabulary, job.prompt.target(), job.sampling(index), job.request.seed(), index);
    }

    /// Reads the prompt into as many free rows as it has streams. What follows it is kept for the others of its job.
    void admit(Transformer transformer) {
        int firstCell = decoder.nextCell();
        for (int s = 0; s < rows.length; s++) {
            rows[s] = transformer.admit(job.prompt.streams().get(s), firstCell, logits.streams()[s]);
        }
        job.promptIsRead(logits.copy(rows.length));
    }

    /// Takes free rows and the prompt from another candidate of the same job, whatever that one has drawn since.
    void fork(Sequence other, Transformer transformer) {
        for (int s = 0; s < rows.length; s++) rows[s] = transformer.fork(other.rows[s], promptLength(s));
        logits.set(job.promptLogits());
    }

    /// Takes the rows of a candidate of the same job that is complete, and the prompt in them.
    void follow(Sequence complete, Transformer transformer) {
        for (int s = 0; s < rows.length; s++) {
            transformer.rewind(complete.rows[s], promptLength(s));
            rows[s] = complete.rows[s];
        }
        Arrays.fill(complete.rows, NO_ROW);
        logits.set(job.promptLogits());
    }

    private int promptLength(int stream) {
        return job.prompt.streams().get(stream).length();
    }

    /// Draws the next token from the logits of all streams.
    void advance() {
        float[][] of = logits.streams();
        lastId = decoder.next(of[0], of[1], rows.length == MOST_STREAMS ? of[2] : null);
    }

    /// Frees its rows.
    void release(Transformer transformer) {
        for (int row : rows) if (row != NO_ROW) transformer.release(row);
        Arrays.fill(rows, NO_ROW);
    }

    boolean isComplete() {
        return decoder.done();
    }

    int length() {
        return decoder.length();
    }

    int lastId() {
        return lastId;
    }

    /// Where the token after the last one will lie, -1 when it is no image cell.
    int nextCell() {
        return decoder.nextCell();
    }

    /// One for each stream. Do not write to it.
    int[] rows() {
        return rows;
    }

    Job job() {
        return job;
    }

    int index() {
        return index;
    }

    Logits logits() {
        return logits;
    }

    /// The image codes so far, from the first cell on: those before a region are the given ones.
    List<Integer> codes() {
        List<Integer> codes = new ArrayList<>();
        for (int id : decoder.ids()) if (vocabulary.isImage(id)) codes.add(vocabulary.code(id));
        if (codes.isEmpty()) return codes;
        Target.Slot image = job.prompt.target().slots().stream()
                .filter(slot -> slot.kind() == Target.Kind.IMAGE)
                .findFirst()
                .orElseThrow();
        for (int cell = 0; cell < image.cells()[0]; cell++) codes.add(cell, image.given()[cell]);
        return codes;
    }

    /// The complete candidate.
    Sampled sampled() {
        Decoding decoding = job.decoding(index);
        return new Sampled(
                index,
                decoding,
                Arrays.stream(decoder.ids()).boxed().toList(),
                decoder.logLikelihood(),
                decoder.unconditionalLogLikelihood());
    }
}
