package dev.cm3leon.model.vq;

import java.util.LinkedHashMap;
import java.util.Map;

/// Names and shapes of a VQGAN's weights, as the original checkpoint has them.
final class VqganShapes {
    private final VqganConfig config;
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    private VqganShapes(VqganConfig config) {
        this.config = config;
    }

    static Map<String, long[]> of(VqganConfig config) {
        var layers = new VqganShapes(config);
        layers.encoder();
        layers.shapes.put(VqganConfig.CODEBOOK, new long[] {config.codes(), config.codeDim()});
        layers.decoder();
        return layers.shapes;
    }

    private void encoder() {
        int last = config.multipliers().size() - 1, width = config.channels();
        convolution("encoder.conv_in", 3, width, 3);
        for (int level = 0; level <= last; level++) {
            String name = "encoder.down." + level;
            width = level(name, width, level, config.blocks());
            if (level < last) convolution(name + ".downsample.conv", width, width, 3);
        }
        middle("encoder.mid", width);
        norm("encoder.norm_out", width);
        convolution("encoder.conv_out", width, config.latentChannels(), 3);
        convolution("quant_conv", config.latentChannels(), config.codeDim(), 1);
    }

    private void decoder() {
        int last = config.multipliers().size() - 1, width = width(last);
        convolution("post_quant_conv", config.codeDim(), config.latentChannels(), 1);
        convolution("decoder.conv_in", config.latentChannels(), width, 3);
        middle("decoder.mid", width);
        for (int level = last; level >= 0; level--) {
            String name = "decoder.up." + level;
            width = level(name, width, level, config.blocks() + 1);
            if (level > 0) convolution(name + ".upsample.conv", width, width, 3);
        }
        norm("decoder.norm_out", width);
        convolution("decoder.conv_out", width, 3, 3);
    }

    private int width(int level) {
        return config.channels() * config.multipliers().get(level);
    }

    /// Returns its width.
    private int level(String name, int in, int level, int blocks) {
        int width = width(level);
        for (int block = 0; block < blocks; block++) {
            residual(name + ".block." + block, block == 0 ? in : width, width);
            if (config.attends(level)) attention(name + ".attn." + block, width);
        }
        return width;
    }

    private void middle(String name, int width) {
        residual(name + ".block_1", width, width);
        attention(name + ".attn_1", width);
        residual(name + ".block_2", width, width);
    }

    private void residual(String name, int in, int out) {
        norm(name + ".norm1", in);
        convolution(name + ".conv1", in, out, 3);
        norm(name + ".norm2", out);
        convolution(name + ".conv2", out, out, 3);
        if (in != out) convolution(name + ".nin_shortcut", in, out, 1);
    }

    private void attention(String name, int width) {
        norm(name + ".norm", width);
        for (String map : new String[] {".q", ".k", ".v", ".proj_out"}) convolution(name + map, width, width, 1);
    }

    private void norm(String name, int width) {
        shapes.put(name + ".weight", new long[] {width});
        shapes.put(name + ".bias", new long[] {width});
    }

    private void convolution(String name, int in, int out, int kernel) {
        shapes.put(name + ".weight", new long[] {out, in, kernel, kernel});
        shapes.put(name + ".bias", new long[] {out});
    }
}
