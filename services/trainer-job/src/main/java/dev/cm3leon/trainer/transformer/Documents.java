package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.TokenStream;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// What a transformer is trained on: any number of documents, a function of the randomness given.
public interface Documents {

    /// The documents of one step, in groups of about equal length; every group's gradient counts by its tokens.
    List<List<TokenStream>> step(RandomGenerator random);

    /// Documents never trained on, by what they are there to show, e.g. `right`. Their last image is what is scored.
    Map<String, List<TokenStream>> validation();
}
