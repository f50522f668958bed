package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.Parameters;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/// What a transformer scores on documents never trained on.
///
/// @param documents by what they are there to show, as [Documents#validation()] has them
/// @param weights what has none is not scored
public record Scoring(TransformerModel model, Map<String, List<TokenStream>> documents, LossWeights weights) {
    private static final int TOKENS = 2048; // at once, padding included, or one stream

    /// Nats per token of what each document ends with, by what it shows: `nll_infill_` where that is a moved
    /// span, else `nll_image_` for its last image.
    public Map<String, Double> scores() {
        var scores = new TreeMap<String, Double>();
        documents.forEach((name, streams) -> {
            boolean infilled = streams.getFirst().ids()[streams.getFirst().length() - 1]
                    == vocabulary().eoss();
            scores.put((infilled ? "nll_infill_" : "nll_image_") + name, score(streams));
        });
        return scores;
    }

    private double score(List<TokenStream> streams) {
        double sum = 0;
        long count = 0;
        int longest = streams.stream().mapToInt(TokenStream::length).max().orElse(1);
        int together = Math.max(1, TOKENS / longest);
        for (int from = 0; from < streams.size(); from += together) {
            try (var scope = new PointerScope();
                    var guard = new NoGradGuard()) {
                List<TokenStream> some = streams.subList(from, Math.min(streams.size(), from + together));
                Batch batch = Batch.of(some, model, weights);
                float[] nll = Parameters.toArray(batch.nll(batch.logits(model)));
                for (int b = 0; b < some.size(); b++) {
                    for (int t : scored(some.get(b))) {
                        sum += nll[b * batch.width() + t - 1];
                        count++;
                    }
                }
            }
        }
        return sum / count;
    }

    /// Places of the tokens of the last moved span with its end, or of the last image.
    private int[] scored(TokenStream stream) {
        int end = stream.length() - 1;
        if (stream.ids()[end] == vocabulary().eoss()) {
            int start = end;
            while (!vocabulary().isSentinel(stream.ids()[start - 1])) start--;
            return IntStream.rangeClosed(start, end).toArray();
        }
        while (end > 0 && stream.cells()[end] < 0) end--;
        int start = end;
        while (start > 1 && stream.cells()[start] > 0) start--;
        return IntStream.rangeClosed(start, end).toArray();
    }

    private Vocabulary vocabulary() {
        return model.configuration().vocabulary();
    }
}
