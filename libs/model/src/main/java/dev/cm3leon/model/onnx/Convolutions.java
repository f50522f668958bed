package dev.cm3leon.model.onnx;

import dev.cm3leon.model.Weights;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import java.util.List;

/// The layers that the image tokenizer and CLIP are made of, by the names of their weights.
public record Convolutions(OnnxGraph graph, Weights weights) {

    /// What lies beyond the border.
    public enum Padding {
        NONE,
        ZERO,
        REPLICATE
    }

    /// `name.weight` (out, in, k, k) and `name.bias`.
    public String convolution(String x, String name, int in, int out, int kernel, int stride, Padding padding) {
        String input = padding == Padding.REPLICATE && kernel > 1 ? replicate(x, kernel / 2) : x;
        long border = padding == Padding.ZERO ? kernel / 2 : 0;
        String weight = graph.weights(
                name + ".weight", weights.floats(name + ".weight", out, in, kernel, kernel), out, in, kernel, kernel);
        String bias = graph.weights(name + ".bias", weights.floats(name + ".bias", out), out);
        return graph.node(
                "Conv",
                List.of(input, weight, bias),
                new Attribute("strides", new long[] {stride, stride}),
                new Attribute("pads", new long[] {border, border, border, border}));
    }

    /// `name.weight` (out, in) and `name.bias` on (B, in).
    public String linear(String x, String name, int in, int out) {
        String weight = graph.weights(name + ".weight", weights.floats(name + ".weight", out, in), out, in);
        String bias = graph.weights(name + ".bias", weights.floats(name + ".bias", out), out);
        return graph.node("Gemm", List.of(x, weight, bias), new Attribute("transB", 1));
    }

    /// x + b(relu(a(relu(x)))).
    public String residual(String x, String name, int channels, int kernel, Padding padding) {
        String a = convolution(relu(x), name + ".a", channels, channels, kernel, 1, padding);
        String b = convolution(relu(a), name + ".b", channels, channels, 1, 1, Padding.NONE);
        return graph.node("Add", List.of(x, b));
    }

    public String relu(String x) {
        return graph.node("Relu", List.of(x));
    }

    /// (B, C, H, W) to (B, C r r, H / r, W / r), channels as PyTorch orders them.
    public String pixelUnshuffle(String x, int channels, int size, int r) {
        long cells = size / r;
        String split = graph.node("Reshape", List.of(x, graph.integers(-1, channels, cells, r, cells, r)));
        String ordered = graph.node("Transpose", List.of(split), new Attribute("perm", new long[] {0, 1, 3, 5, 2, 4}));
        return graph.node("Reshape", List.of(ordered, graph.integers(-1, (long) channels * r * r, cells, cells)));
    }

    /// (B, C r r, H, W) to (B, C, H r, W r).
    public String pixelShuffle(String x, int r) {
        return graph.node("DepthToSpace", List.of(x), new Attribute("blocksize", r), new Attribute("mode", "CRD"));
    }

    private String replicate(String x, long border) {
        String pads = graph.integers(0, 0, border, border, 0, 0, border, border);
        return graph.node("Pad", List.of(x, pads), new Attribute("mode", "edge"));
    }
}
