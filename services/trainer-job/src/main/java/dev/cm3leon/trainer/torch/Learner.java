package dev.cm3leon.trainer.torch;

import java.util.Map;

/// Something that learns in steps. A step depends on the state and its number alone, so that a run that goes on from a
/// checkpoint is the run that was never broken.
public interface Learner {

    long steps();

    /// Does this step (counted from 0) and returns its loss and what else is worth a curve.
    Outcome step(long step);

    /// What the model scores now on data never trained on; by name, e.g. `nll_image_right`.
    Map<String, Double> validate(long step);

    /// Parameters, optimizer and whatever else the next step depends on. Every worker calls it at the same time.
    Map<String, Weights.Array> state();

    void restore(Weights state);

    /// @param tokens what was learned from in this step, for the speed
    record Outcome(double loss, long tokens, Map<String, Double> metrics) {}
}
