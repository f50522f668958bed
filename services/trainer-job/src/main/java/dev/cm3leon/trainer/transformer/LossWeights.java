package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import java.util.Arrays;
import java.util.List;

/// What a token counts in the loss. The paper weighs every token 1, those of retrieved documents too (section 2.2).
///
/// @param sentinel of the marks of spans: where they stand is random, so the paper of CM3 gives them 0. The other
/// weights are our own
/// @param answer of the text that a stream ends with where a sentinel asks for it, and of its end: an answer has few
/// tokens among those of its picture
/// @param changed of the cells of a picture that follows another one and has other codes there, for the others are
/// copied: right after it (a picture changed as told, or behind a document without a query), or, in a stream that
/// begins with `edit`, after one text
/// @param edit ids that an edit in the words of table 5 begins with
public record LossWeights(double sentinel, double answer, double changed, List<Integer> edit) {
    public static final LossWeights EQUAL = new LossWeights(1, 1, 1);

    public LossWeights(double sentinel, double answer, double changed) {
        this(sentinel, answer, changed, List.of());
    }

    public LossWeights {
        edit = List.copyOf(edit);
        if (sentinel < 0 || !(answer > 0) || !(changed > 0))
            throw new IllegalArgumentException(
                    "need sentinel >= 0, answer > 0 and changed > 0, got " + sentinel + ", " + answer + ", " + changed);
    }

    /// Weight of each token of a stream; of the first, which nothing predicts, 0.
    float[] of(TokenStream stream, Vocabulary vocabulary) {
        int[] ids = stream.ids(), cells = stream.cells();
        boolean edits = edits(ids);
        float[] weights = new float[ids.length];
        Arrays.fill(weights, 1);
        weights[0] = 0;
        for (int t = 1; t < ids.length; t++) {
            if (vocabulary.isSentinel(ids[t])) weights[t] = (float) sentinel;
            else if (isChanged(ids, cells, t, edits, vocabulary)) weights[t] = (float) changed;
        }
        for (int t = ids.length - 1; t > 0 && ids[ids.length - 1] == vocabulary.eoss(); t--) {
            if (t < ids.length - 1 && !vocabulary.isText(ids[t])) break;
            weights[t] = (float) answer;
        }
        return weights;
    }

    private boolean edits(int[] ids) {
        if (edit.isEmpty() || ids.length <= edit.size()) return false;
        for (int i = 0; i < edit.size(); i++) if (ids[1 + i] != edit.get(i)) return false;
        return true;
    }

    /// Whether the same cell of the picture before is another.
    private static boolean isChanged(int[] ids, int[] cells, int t, boolean edits, Vocabulary vocabulary) {
        if (cells[t] < 0) return false;
        int begin = t - cells[t]; // of this picture; before it its break, and before that perhaps the last cell
        int before = begin - 2;
        if (edits && before > 0 && vocabulary.isText(ids[before])) {
            while (before > 0 && vocabulary.isText(ids[before])) before--;
            before--; // the break of that text
        }
        if (before < 1 || cells[before] < 0) return false;
        int same = before - cells[before] + cells[t];
        return same > 0 && same <= before && cells[same] == cells[t] && ids[same] != ids[t];
    }
}
