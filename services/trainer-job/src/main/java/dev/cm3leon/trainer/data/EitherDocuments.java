package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.transformer.Documents;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Of two kinds of documents each step sees one, so that what is taught anew does not push out what was known.
///
/// @param share of the steps that see the first
public record EitherDocuments(Documents first, Documents second, double share) implements Documents {
    @Override
    public List<List<TokenStream>> step(long step, WorkerShare part, RandomGenerator random) {
        return (random.nextDouble() < share ? first : second).step(step, part, random);
    }

    @Override
    public Map<String, List<TokenStream>> validation() {
        var validation = new LinkedHashMap<String, List<TokenStream>>();
        if (share > 0) validation.putAll(first.validation());
        if (share < 1) validation.putAll(second.validation());
        return validation;
    }
}
