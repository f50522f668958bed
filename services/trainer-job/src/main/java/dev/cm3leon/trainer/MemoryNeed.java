package dev.cm3leon.trainer;

import com.sun.management.OperatingSystemMXBean;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import java.lang.management.ManagementFactory;

/// What training the transformer needs of one machine's memory, in bytes; each worker has the whole of the model.
/// Java's heap holds a checkpoint's copy, while it is written or read; all else lies outside of it.
///
/// @param parameters of the model
/// @param weights with their gradients, in floats
/// @param optimizer two moments of each, in floats
/// @param copy of weights and moments, while a checkpoint is written or read
/// @param activations kept for the way back
record MemoryNeed(long parameters, long weights, long optimizer, long copy, long activations) {
    private static final long BASE = 600L << 20; // the JVM, PyTorch and the data of a step
    private static final long HEAP = 250L << 20; // what else is in it

    /// @throws IllegalArgumentException for a model that no bundle can hold, whatever the machine
    static MemoryNeed of(TrainingConfiguration configuration, int workers) {
        TrainingConfiguration.Transformer t = configuration.transformer();
        TransformerConfiguration sizes =
                PretrainStage.sizes(configuration, configuration.bpe().vocabulary());
        long parameters = sizes.parameters();
        Parameters.check("transformer.width, .layers and the vocabulary", parameters);
        TrainingConfiguration.Execution execution = configuration.execution();
        int batch = configuration.finetune().stream()
                .mapToInt(configuration::batchTokens)
                .reduce(t.batchTokens(), Math::max);
        long tokens = Math.max(
                t.context(),
                execution.microBatchTokens() > 0 ? Math.min(execution.microBatchTokens(), batch) : batch / workers);
        return of(parameters, t.width(), t.layers(), sizes.vocabulary().size(), tokens, execution, workers);
    }

    private static MemoryNeed of(
            long parameters,
            int width,
            int layers,
            int vocabulary,
            long tokens,
            TrainingConfiguration.Execution execution,
            int workers) {
        // of a layer: what goes into norms, maps, attention and ReLU; once more where they are computed again
        long layer = 16L * width * tokens * 4, input = (long) width * tokens * 4;
        long activations =
                (execution.recompute() ? layer + layers * input : layers * layer) + 3L * vocabulary * tokens * 4;
        long moments = 8 * parameters;
        return new MemoryNeed(
                parameters,
                8 * parameters,
                execution.shardOptimizer() ? moments / workers : moments,
                12 * parameters,
                activations);
    }

    long total() {
        return BASE + weights + optimizer + copy + activations;
    }

    /// Refuses what Java's heap cannot hold, before anything is made that could then not be saved or gone on from.
    void checkHeap(long available) {
        if (copy + HEAP > available)
            throw new RefusedException(
                    ("transformer.width and .layers need about %.1f GB of Java's heap (%.1f for a checkpoint of %d parameters), "
                                    + "there are %.1f GB; cm3.orchestrator.memory, or -Xmx, gives more, on a cluster four times as "
                                    + "much of job.memory")
                            .formatted((copy + HEAP) / 1e9, copy / 1e9, parameters, available / 1e9));
    }

    /// Refuses what this machine, or the container, cannot hold.
    void check() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        check(system.getTotalMemorySize());
    }

    void check(long available) {
        if (total() > available)
            throw new RefusedException(
                    ("transformer.width, .layers and .batch_tokens need about %.1f GB of memory (%.1f for %d parameters and "
                                    + "their gradients, %.1f for the optimizer, %.1f for a checkpoint's copy, %.1f for activations), "
                                    + "there are %.1f GB; execution.recompute, .micro_batch_tokens or .shard_optimizer need less")
                            .formatted(
                                    total() / 1e9,
                                    weights / 1e9,
                                    parameters,
                                    optimizer / 1e9,
                                    copy / 1e9,
                                    activations / 1e9,
                                    available / 1e9));
    }
}
