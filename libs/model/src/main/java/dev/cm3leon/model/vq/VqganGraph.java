package dev.cm3leon.model.vq;

import static dev.cm3leon.model.vq.VqganConfig.CODEBOOK;
import static dev.cm3leon.model.vq.VqganConfig.EPSILON;
import static dev.cm3leon.model.vq.VqganConfig.GROUPS;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import java.util.List;

/// Writes the VQGAN of Make-A-Scene and Chameleon as ONNX graphs. How many levels and blocks there are, how wide they
/// are and where they attend is read off the names and shapes of the weights. (1, C, H, W) throughout.
final class VqganGraph {
    private final OnnxGraph graph;
    private final Checkpoint weights;

    private VqganGraph(String name, Checkpoint weights) {
        this.graph = new OnnxGraph(name);
        this.weights = weights;
        graph.ones("ones", GROUPS);
        graph.weights("zeros", new float[GROUPS], GROUPS);
    }

    /// Colour planes (1, 3, size, size) in [-1, 1] to (1, D, h, w), before quantization.
    static byte[] encoder(Checkpoint weights, int size) {
        var layers = new VqganGraph("vqgan_encoder", weights);
        String x = layers.convolution(layers.graph.input("image", Type.FLOAT, 1, 3, size, size), "encoder.conv_in");
        int side = size;
        for (int level = 0; layers.has("encoder.down." + level + ".block.0"); level++) {
            String name = "encoder.down." + level;
            x = layers.level(x, name, side);
            if (weights.has(name + ".downsample.conv.weight")) {
                // zeros to the right and below only
                x = layers.convolution(x, name + ".downsample.conv", 2, 0, 0, 1, 1);
                side /= 2;
            }
        }
        x = layers.middle(x, "encoder.mid", side);
        x = layers.convolution(layers.swish(layers.norm(x, "encoder.norm_out", side)), "encoder.conv_out");
        return layers.finish(layers.convolution(x, "quant_conv"), "quant_conv", side);
    }

    /// Codes (1, latent x latent) to colour planes (1, 3, size, size).
    static byte[] decoder(Checkpoint weights, int latent) {
        var layers = new VqganGraph("vqgan_decoder", weights);
        long[] shape = weights.shape(CODEBOOK);
        float[] book = weights.floats(CODEBOOK, shape);
        String x = Codebook.lookUp(layers.graph, CODEBOOK, book, (int) shape[1], latent);
        x = layers.convolution(layers.convolution(x, "post_quant_conv"), "decoder.conv_in");
        x = layers.middle(x, "decoder.mid", latent);
        int levels = 0, side = latent;
        while (layers.has("decoder.up." + levels + ".block.0")) levels++;
        for (int level = levels - 1; level >= 0; level--) {
            String name = "decoder.up." + level;
            x = layers.level(x, name, side);
            if (weights.has(name + ".upsample.conv.weight")) {
                x = layers.convolution(layers.twice(x), name + ".upsample.conv");
                side *= 2;
            }
        }
        x = layers.swish(layers.norm(x, "decoder.norm_out", side));
        return layers.finish(layers.convolution(x, "decoder.conv_out"), "decoder.conv_out", side);
    }

    private boolean has(String block) {
        return weights.has(block + ".conv1.weight");
    }

    /// The residual blocks of one resolution, each followed by attention where there is some.
    private String level(String x, String name, int side) {
        for (int block = 0; has(name + ".block." + block); block++) {
            x = residual(x, name + ".block." + block, side);
            String attention = name + ".attn." + block;
            if (weights.has(attention + ".q.weight")) x = attention(x, attention, side);
        }
        return x;
    }

    private String middle(String x, String name, int side) {
        x = residual(x, name + ".block_1", side);
        x = attention(x, name + ".attn_1", side);
        return residual(x, name + ".block_2", side);
    }

    private String residual(String x, String name, int side) {
        String h = convolution(swish(norm(x, name + ".norm1", side)), name + ".conv1");
        h = convolution(swish(norm(h, name + ".norm2", side)), name + ".conv2");
        boolean widens = weights.has(name + ".nin_shortcut.weight");
        return graph.add(widens ? convolution(x, name + ".nin_shortcut") : x, h);
    }

    /// One head over all places.
    private String attention(String x, String name, int side) {
        long C = weights.shape(name + ".q.weight")[0], places = (long) side * side;
        String h = norm(x, name + ".norm", side);
        String q = graph.reshape(convolution(h, name + ".q"), 1, C, places);
        String k = graph.reshape(convolution(h, name + ".k"), 1, C, places);
        String v = graph.reshape(convolution(h, name + ".v"), 1, C, places);
        String scores = graph.node("MatMul", List.of(turned(q), k)); // (1, places, places)
        scores = graph.node("Mul", List.of(scores, graph.number((float) (1 / Math.sqrt(C)))));
        String shares = graph.node("Softmax", List.of(scores), new Attribute("axis", -1));
        String y = graph.reshape(graph.node("MatMul", List.of(v, turned(shares))), 1, C, side, side);
        return graph.add(x, convolution(y, name + ".proj_out"));
    }

    /// Group normalization in 32 groups, each as one channel of an instance normalization.
    private String norm(String x, String name, int side) {
        long C = weights.shape(name + ".weight")[0];
        String groups = graph.reshape(x, 1, GROUPS, C / GROUPS * side * side);
        String normal = graph.node(
                "InstanceNormalization", List.of(groups, "ones", "zeros"), new Attribute("epsilon", EPSILON));
        String scale = graph.weights(name + ".weight", weights.floats(name + ".weight", C), C, 1, 1);
        String shift = graph.weights(name + ".bias", weights.floats(name + ".bias", C), C, 1, 1);
        return graph.add(graph.node("Mul", List.of(graph.reshape(normal, 1, C, side, side), scale)), shift);
    }

    private String swish(String x) {
        return graph.node("Mul", List.of(x, graph.node("Sigmoid", List.of(x))));
    }

    /// Same size: a border of zeros as wide as the kernel needs.
    private String convolution(String x, String name) {
        long border = weights.shape(name + ".weight")[2] / 2;
        return convolution(x, name, 1, border, border, border, border);
    }

    private String convolution(String x, String name, long stride, long... pads) {
        long[] shape = weights.shape(name + ".weight");
        String weight = graph.weights(name + ".weight", weights.floats(name + ".weight", shape), shape);
        String bias = graph.weights(name + ".bias", weights.floats(name + ".bias", shape[0]), shape[0]);
        return graph.node(
                "Conv",
                List.of(x, weight, bias),
                new Attribute("strides", new long[] {stride, stride}),
                new Attribute("pads", pads));
    }

    /// Every pixel as 2 x 2.
    private String twice(String x) {
        String factors = graph.weights("factors_" + x, new float[] {1, 1, 2, 2}, 4);
        return graph.node(
                "Resize",
                List.of(x, "", factors),
                new Attribute("mode", "nearest"),
                new Attribute("coordinate_transformation_mode", "asymmetric"),
                new Attribute("nearest_mode", "floor"));
    }

    private byte[] finish(String x, String last, int side) {
        graph.node("", "Identity", List.of(x), List.of("out"));
        graph.output("out", Type.FLOAT, 1, weights.shape(last + ".weight")[0], side, side);
        return graph.toBytes();
    }

    private String turned(String x) {
        return graph.transpose(x, 0, 2, 1);
    }
}
