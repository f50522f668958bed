package dev.cm3leon.generator;

import dev.cm3leon.decoding.CandidateDecoder;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.model.transformer.Transformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One candidate while it is decoded: two rows that get the same tokens. What it draws depends on its job, its index
/// and its own tokens alone, so it is the same whatever else is decoded with it.
final class Sequence {

    private static final int NO_ROW = -1;

    /// What follows in either stream, one number for each id.
    record Logits(float[] conditional, float[] unconditional) {
        static Logits of(int vocabularySize) {
            return new Logits(new float[vocabularySize], new float[vocabularySize]);
        }
    }

    private final Job job;
    private final int index;
    private final Vocabulary vocabulary;
    private final Logits logits;
    private final CandidateDecoder decoder;
    private int conditionalRow = NO_ROW;
    private int unconditionalRow = NO_ROW;
    private int lastId;

    Sequence(Job job, int index, Vocabulary vocabulary, Logits logits) {
        this.job = job;
        this.index = index;
        this.vocabulary = vocabulary;
        this.logits = logits;
        this.decoder =
                new CandidateDecoder(vocabulary, job.prompt.target(), job.sampling(index), job.request.seed(), index);
    }

    /// Reads the prompt into two free rows.
    void admit(Transformer transformer) {
        int firstCell = decoder.nextCell();
        conditionalRow = transformer.admit(job.prompt.conditional(), firstCell, logits.conditional());
        unconditionalRow = transformer.admit(job.prompt.unconditional(), firstCell, logits.unconditional());
    }

    /// Takes over what another candidate of the same job has just read.
    void fork(Sequence admitted, Transformer transformer) {
        conditionalRow = transformer.fork(admitted.conditionalRow);
        unconditionalRow = transformer.fork(admitted.unconditionalRow);
        System.arraycopy(admitted.logits.conditional(), 0, logits.conditional(), 0, vocabulary.size());
        System.arraycopy(admitted.logits.unconditional(), 0, logits.unconditional(), 0, vocabulary.size());
    }

    /// Draws the next token from the logits of both streams.
    void advance() {
        lastId = decoder.next(logits.conditional(), logits.unconditional());
    }

    /// Frees its rows.
    void release(Transformer transformer) {
        if (conditionalRow != NO_ROW) transformer.release(conditionalRow);
        if (unconditionalRow != NO_ROW) transformer.release(unconditionalRow);
        conditionalRow = unconditionalRow = NO_ROW;
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

    int conditionalRow() {
        return conditionalRow;
    }

    int unconditionalRow() {
        return unconditionalRow;
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

    /// The image codes so far.
    List<Integer> codes() {
        List<Integer> codes = new ArrayList<>();
        for (int id : decoder.ids()) if (vocabulary.isImage(id)) codes.add(vocabulary.code(id));
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
