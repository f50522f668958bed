package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.torch.WorkerShare;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// What a transformer is trained on: any number of documents, a function of the step and the randomness given.
public interface Documents {

    /// This worker's share of the documents of one step, in groups of about equal length; every document's gradient
    /// counts by its tokens. All shares together are what one worker alone would get.
    List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random);

    /// Documents never trained on, by what they are there to show, e.g. `right`. Their last image is what is scored.
    Map<String, List<TokenStream>> validation();
}
