package dev.cm3leon.trainer.torch;

import org.bytedeco.pytorch.Tensor;

/// The workers that train one model together. What is done over all of them must be done by each, in the same order.
///
/// A batch is divided among the workers and the sums of their gradients are added, so that any number of them does
/// the steps that one would do with the whole batch.
public interface Workers extends AutoCloseable {

    /// Only this one.
    Workers ALONE = new Workers() {
        @Override
        public WorkerShare share() {
            return WorkerShare.WHOLE;
        }

        @Override
        public void sum(Tensor tensor) {}

        @Override
        public double[] sum(double... values) {
            return values;
        }

        @Override
        public void copy(Tensor tensor, int from) {}

        @Override
        public void tell(String mark, String what) {}

        @Override
        public String await(String mark) {
            throw new IllegalStateException("nobody else tells " + mark);
        }

        @Override
        public void close() {}
    };

    /// Which of them this is, and how many there are.
    WorkerShare share();

    /// The first one writes, reports and validates.
    default boolean first() {
        return share().index() == 0;
    }

    /// Adds a contiguous tensor of floats over all workers, in place.
    ///
    /// @throws LostWorkerException like all that follow
    void sum(Tensor tensor);

    /// The sums of some numbers over all workers.
    double[] sum(double... values);

    /// Makes a contiguous tensor what it is at worker `from`.
    void copy(Tensor tensor, int from);

    /// Leaves a word that others [#await].
    void tell(String mark, String what);

    /// Waits for a word of another, for as long as that one lives.
    String await(String mark);

    @Override
    void close();
}
