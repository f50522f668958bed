package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.Workers;
import java.util.Map;
import java.util.TreeMap;

/// What the tokens of a step cost in the mean, whatever they weigh in the loss: all of them, those of each
/// modality, and those in each quarter of the context. Besides, what share of the moved spans is text alone.
final class LossParts {
    private static final int ALL = 0, TEXT = 1, IMAGE = 2, SPECIAL = 3, QUARTERS = 4, SPANS = 8, SIZE = 9;

    private final Vocabulary vocabulary;
    private final int quarter; // of the context, in tokens
    // nats of each part, then its tokens; of spans those of text, then all
    private double[] sums = new double[2 * SIZE];

    LossParts(Vocabulary vocabulary, int context) {
        this.vocabulary = vocabulary;
        this.quarter = Math.max(1, (context + 3) / 4);
    }

    /// @param nll nats of each token (B T)
    void add(Batch batch, float[] nll) {
        for (int i = 0; i < nll.length; i++) {
            int id = (int) batch.targets()[i];
            if (id == Batch.NOTHING) continue;
            add(ALL, nll[i]);
            add(vocabulary.isText(id) ? TEXT : vocabulary.isImage(id) ? IMAGE : SPECIAL, nll[i]);
            add(QUARTERS + Math.min(3, i % batch.width() / quarter), nll[i]);
        }
    }

    /// @param stream whose moved spans are counted
    void add(TokenStream stream) {
        boolean image = false;
        for (int id : stream.ids()) {
            if (vocabulary.isSentinel(id)) image = false;
            else if (vocabulary.isImage(id)) image = true;
            else if (id == vocabulary.eoss()) add(SPANS, image ? 0 : 1);
        }
    }

    private void add(int part, float nats) {
        sums[part] += nats;
        sums[SIZE + part]++;
    }

    /// Adds what other workers saw.
    void together(Workers workers) {
        sums = workers.sum(sums);
    }

    long tokens() {
        return (long) sums[SIZE];
    }

    double mean() {
        return sums[ALL] / sums[SIZE];
    }

    /// Of the parts that were there: `loss_text`, `loss_image`, `loss_special` (breaks, ends, sentinels), and
    /// by the first position of a quarter, e.g. `loss_from_0`; and `text_only_spans`, their share.
    Map<String, Double> means() {
        var means = new TreeMap<String, Double>();
        for (int part = TEXT; part < SIZE; part++) {
            if (sums[SIZE + part] > 0) means.put(name(part), sums[part] / sums[SIZE + part]);
        }
        return means;
    }

    private String name(int part) {
        return switch (part) {
            case TEXT -> "loss_text";
            case IMAGE -> "loss_image";
            case SPECIAL -> "loss_special";
            case SPANS -> "text_only_spans";
            default -> "loss_from_" + (part - QUARTERS) * quarter;
        };
    }
}
