package dev.cm3leon.model.vq;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Weights;
import dev.cm3leon.model.onnx.Convolutions;
import dev.cm3leon.model.onnx.Convolutions.Padding;
import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Floats;
import dev.cm3leon.model.onnx.OnnxModule.Longs;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The image tokenizer: an image to one code for each cell of the grid, in raster order, and back. Every code
/// sees exactly its own 8x8 pixels, unless the configuration says that it sees neighbours, or is of a VQGAN,
/// whose codes see the whole image; the decoder looks over the borders.
public final class VqTokenizer implements AutoCloseable {
    private static final String CODEBOOK = "codebook.weight";

    private final VqShape config;
    private final Codebook codebook;
    private final OnnxModule encoder;
    private final OnnxModule decoder;

    private VqTokenizer(VqShape config, float[] codebook, byte[] encoding, byte[] decoding) {
        this.config = config;
        this.codebook = new Codebook(codebook, config.codeDim());
        this.encoder = OnnxModule.load("the image encoder", encoding);
        this.decoder = OnnxModule.beside(encoder::close, () -> OnnxModule.load("the image decoder", decoding));
    }

    /// Weights of wrong shapes are refused before anything native is open.
    public static VqTokenizer open(VqShape config, Safetensors weights) {
        return switch (config) {
            case VqConfig small -> {
                float[] codebook = weights.floats(CODEBOOK, small.codes(), small.codeDim());
                yield new VqTokenizer(small, codebook, encoder(small, weights), decoder(small, weights));
            }
            case VqganConfig vqgan -> {
                check(vqgan, weights);
                Checkpoint whole = Checkpoint.of(weights);
                yield new VqTokenizer(
                        vqgan,
                        weights.floats(VqganConfig.CODEBOOK),
                        VqganGraph.encoder(whole, vqgan.imageSize()),
                        VqganGraph.decoder(whole, vqgan.grid()));
            }
        };
    }

    /// Looks at the tensors' names and shapes.
    ///
    /// @throws ModelFormatException naming what is missing or not as it should be
    public static void check(VqShape config, Safetensors weights) {
        switch (config) {
            case VqConfig small -> {
                weights.checkGraph("the image encoder", looked -> encoder(small, looked));
                weights.checkGraph("the image decoder", looked -> decoder(small, looked));
            }
            case VqganConfig vqgan -> check(vqgan, weights);
        }
    }

    /// The graph is read off the weights, so they must be those that the configuration says and no others.
    private static void check(VqganConfig config, Safetensors weights) {
        Map<String, long[]> shapes = config.shapes();
        for (String name : weights.tensors().keySet())
            if (!shapes.containsKey(name)) throw new ModelFormatException("need no tensor " + name + " of that VQGAN");
        shapes.forEach(weights::check);
    }

    public VqShape config() {
        return config;
    }

    /// @param image of the configured size
    /// @return the code of each cell
    public int[] encode(RgbImage image) {
        int size = config.imageSize();
        if (image.width() != size || image.height() != size) {
            throw new IllegalArgumentException("need %d x %d pixels, got %s".formatted(size, size, image));
        }
        return codebook.nearest(encoder.run(new Floats(image.planes(), 1, 3, size, size))); // (1, code_dim, grid, grid)
    }

    /// @param codes of each cell
    public RgbImage decode(int[] codes) {
        int cells = config.cells();
        if (codes.length != cells) {
            throw new IllegalArgumentException("need %d codes, got %d".formatted(cells, codes.length));
        }
        for (int code : codes) {
            if (code < 0 || code >= config.codes()) {
                throw new IllegalArgumentException("need 0 <= code < %d, got %d".formatted(config.codes(), code));
            }
        }
        long[] indices = Arrays.stream(codes).asLongStream().toArray();
        float[] planes = decoder.run(new Longs(indices, 1, cells));
        return RgbImage.fromPlanes(planes, config.imageSize(), config.imageSize());
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
    }

    private static byte[] encoder(VqConfig config, Weights weights) {
        var graph = new OnnxGraph("vq_encoder");
        var layers = new Convolutions(graph, weights);
        int size = config.imageSize();
        int seen = config.encoderNeighbours() ? 3 : 1;
        int narrow = config.encoderWidth().get(0), wide = config.encoderWidth().get(1);

        String image = graph.input("image", Type.FLOAT, 1, 3, size, size);
        String x = layers.pixelUnshuffle(image, 3, size, 4); // (1, 48, size / 4, size / 4)
        x = layers.convolution(x, "encoder.in", 48, narrow, 1, 1, Padding.NONE);
        x = layers.relu(layers.residual(x, "encoder.res1", narrow, seen, Padding.REPLICATE));
        x = layers.convolution(x, "encoder.down", narrow, wide, 2, 2, Padding.NONE); // (1, wide, grid, grid)
        x = layers.relu(layers.residual(x, "encoder.res2", wide, seen, Padding.REPLICATE));
        x = layers.convolution(x, "encoder.out", wide, config.codeDim(), 1, 1, Padding.NONE);
        graph.node("", "Identity", List.of(x), List.of("z"));
        graph.output("z", Type.FLOAT, 1, config.codeDim(), config.grid(), config.grid());
        return graph.toBytes();
    }

    private static byte[] decoder(VqConfig config, Weights weights) {
        var graph = new OnnxGraph("vq_decoder");
        var layers = new Convolutions(graph, weights);
        int grid = config.grid(), dim = config.codeDim(), size = config.imageSize();
        int first = config.decoderWidth().get(0), second = config.decoderWidth().get(1);

        String x = Codebook.lookUp(graph, CODEBOOK, weights.floats(CODEBOOK, config.codes(), dim), dim, grid);
        x = layers.convolution(x, "decoder.in", dim, first, 3, 1, Padding.REPLICATE);
        x = layers.relu(layers.residual(x, "decoder.res1", first, 3, Padding.REPLICATE));
        x = layers.convolution(x, "decoder.up", first, 4 * second, 1, 1, Padding.NONE);
        x = layers.pixelShuffle(x, 2); // (1, second, 2 grid, 2 grid)
        x = layers.relu(layers.residual(x, "decoder.res2", second, 3, Padding.REPLICATE));
        x = layers.convolution(x, "decoder.out", second, 48, 3, 1, Padding.REPLICATE);
        x = layers.pixelShuffle(x, 4); // (1, 3, size, size)
        graph.node("", "Identity", List.of(x), List.of("image"));
        graph.output("image", Type.FLOAT, 1, 3, size, size);
        return graph.toBytes();
    }
}
