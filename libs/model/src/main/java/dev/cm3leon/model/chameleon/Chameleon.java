package dev.cm3leon.model.chameleon;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Longs;

/// A Chameleon that reads one stream of a fixed length at once and says what follows each token. It keeps no cache, so
/// it is for comparing and scoring, not for decoding at speed.
public final class Chameleon implements AutoCloseable {
    private final int tokens;
    private final OnnxModule module;

    private Chameleon(int tokens, OnnxModule module) {
        this.tokens = tokens;
        this.module = module;
    }

    /// @param weights in Hugging Face's layout or the original one
    /// @param tokens how many a stream has
    public static Chameleon open(ChameleonConfig config, Checkpoint weights, int tokens) {
        byte[] graph = ChameleonGraph.build(config, new ChameleonWeights(config, weights), tokens);
        return new Chameleon(tokens, OnnxModule.load("Chameleon", graph));
    }

    /// (T, V), row by row.
    public float[] logits(int[] ids) {
        if (ids.length != tokens)
            throw new IllegalArgumentException("need %d ids, got %d".formatted(tokens, ids.length));
        long[] stream = new long[tokens];
        for (int t = 0; t < tokens; t++) stream[t] = ids[t];
        return module.run(new Longs(stream, 1, tokens));
    }

    @Override
    public void close() {
        module.close();
    }
}
