package dev.cm3leon.model;

import dev.cm3leon.model.Safetensors.DType;
import dev.cm3leon.model.transformer.TransformerConfig;
import dev.cm3leon.model.vq.VqConfig;
import java.util.Random;

/// Weights of the right shapes that mean nothing.
public final class RandomWeights {
    private final Safetensors.Writer writer = new Safetensors.Writer();
    private final Random random;
    private final DType dtype;

    public RandomWeights(long seed, DType dtype) {
        this.random = new Random(seed);
        this.dtype = dtype;
    }

    /// Large enough that every part of the model matters to its logits.
    public static Safetensors.Writer transformer(TransformerConfig config, long seed, DType dtype) {
        var weights = new RandomWeights(seed, dtype);
        int C = config.width();
        weights.add("embed_tokens.weight", 0.5, config.vocabulary().size(), C);
        weights.add("embed_positions.weight", 0.5, config.context(), C);
        if (config.rowColumnEmbeddings()) {
            weights.add("embed_rows.weight", 0.5, config.grid().side() + 1, C);
            weights.add("embed_columns.weight", 0.5, config.grid().side() + 1, C);
        }
        double std = 1.5 / Math.sqrt(C);
        for (int layer = 0; layer < config.layers(); layer++) {
            String name = "layers.%d.".formatted(layer);
            for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
                weights.add("%sself_attn.%s.weight".formatted(name, projection), std, C, C);
            }
            weights.add(name + "fc1.weight", std, config.hidden(), C);
            weights.add(name + "fc2.weight", std / 2, C, config.hidden());
        }
        return weights.writer;
    }

    public static Safetensors.Writer vq(VqConfig config, long seed, DType dtype) {
        int[] encoder = config.encoderWidth().stream().mapToInt(i -> i).toArray();
        int[] decoder = config.decoderWidth().stream().mapToInt(i -> i).toArray();
        int codeDim = config.codeDim(), seen = config.encoderNeighbours() ? 3 : 1;
        var weights = new RandomWeights(seed, dtype);
        weights.convolution("encoder.in", 48, encoder[0], 1);
        weights.residual("encoder.res1", encoder[0], seen);
        weights.convolution("encoder.down", encoder[0], encoder[1], 2);
        weights.residual("encoder.res2", encoder[1], seen);
        weights.convolution("encoder.out", encoder[1], codeDim, 1);
        weights.add("codebook.weight", 1, config.codes(), codeDim);
        weights.convolution("decoder.in", codeDim, decoder[0], 3);
        weights.residual("decoder.res1", decoder[0], 3);
        weights.convolution("decoder.up", decoder[0], 4 * decoder[1], 1);
        weights.residual("decoder.res2", decoder[1], 3);
        weights.convolution("decoder.out", decoder[1], 48, 3);
        return weights.writer;
    }

    public static Safetensors.Writer clip(int embedding, int textWidth, int textHidden, long seed, DType dtype) {
        var weights = new RandomWeights(seed, dtype);
        weights.convolution("image.conv1", 48, 64, 3);
        weights.convolution("image.conv2", 64, 128, 2);
        weights.convolution("image.conv3", 128, 128, 3);
        weights.convolution("image.conv4", 128, 64, 2);
        weights.linear("image.proj", 1024, embedding);
        weights.linear("text.fc1", textWidth, textHidden);
        weights.linear("text.fc2", textHidden, embedding);
        weights.writer.add("logit_scale", dtype, new float[] {(float) Math.log(10)});
        return weights.writer;
    }

    private void residual(String name, int channels, int kernel) {
        convolution(name + ".a", channels, channels, kernel);
        convolution(name + ".b", channels, channels, 1);
    }

    private void convolution(String name, int in, int out, int kernel) {
        add(name + ".weight", Math.sqrt(2.0 / (in * kernel * kernel)), out, in, kernel, kernel);
        add(name + ".bias", 0.1, out);
    }

    private void linear(String name, int in, int out) {
        add(name + ".weight", Math.sqrt(2.0 / in), out, in);
        add(name + ".bias", 0.1, out);
    }

    private void add(String name, double std, long... shape) {
        long size = 1;
        for (long dimension : shape) size *= dimension;
        float[] values = new float[(int) size];
        for (int i = 0; i < values.length; i++) values[i] = (float) (std * random.nextGaussian());
        writer.add(name, dtype, values, shape);
    }
}
