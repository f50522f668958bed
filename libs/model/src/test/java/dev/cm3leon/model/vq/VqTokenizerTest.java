package dev.cm3leon.model.vq;

import static dev.cm3leon.model.Reference.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.RandomWeights;
import dev.cm3leon.model.Reference;
import dev.cm3leon.model.Reference.Border;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VqTokenizerTest {
    private static final int CELLS = 64, DIM = 5;
    private final VqConfig config = new VqConfig(64, 8, 40, DIM, List.of(12, 20), List.of(16, 24), false);
    private Safetensors weights;
    private VqTokenizer tokenizer;

    @BeforeAll
    void open(@TempDir Path folder) {
        Path file = folder.resolve("vq.safetensors");
        RandomWeights.vq(config, 1, DType.F32).write(file);
        weights = Safetensors.open(file);
        tokenizer = VqTokenizer.open(config, weights);
    }

    @AfterAll
    void close() {
        tokenizer.close();
    }

    @Test
    void encodesAsTheReferenceDoes() {
        for (int seed = 0; seed < 3; seed++) {
            RgbImage image = picture(seed);

            int[] codes = tokenizer.encode(image);

            float[] z = encode(image.planes(), weights, Border.NONE), book = weights.floats("codebook.weight");
            for (int cell = 0; cell < CELLS; cell++) {
                double chosen = distance(book, z, cell, codes[cell]);
                for (int code = 0; code < 40; code++)
                    assertThat(chosen).isLessThan(distance(book, z, cell, code) + 1e-4);
            }
        }
    }

    @Test
    void decodesAsTheReferenceDoes() {
        int[] codes = new Random(2).ints(CELLS, 0, 40).toArray();

        byte[] pixels = tokenizer.decode(codes).rgb();

        byte[] expected = RgbImage.fromPlanes(decode(codes), 64, 64).rgb();
        for (int i = 0; i < pixels.length; i++) {
            assertThat(Math.abs((pixels[i] & 0xff) - (expected[i] & 0xff))).isLessThanOrEqualTo(1);
        }
        assertThat(pixels).contains(0x40);
    }

    @Test
    void aCodeSeesExactlyItsOwnPixels() {
        RgbImage image = picture(3);
        int[] codes = tokenizer.encode(image);
        byte[] changed = image.rgb().clone();
        new Random(4).nextBytes(changed); // everything but cell 19: row 2, column 3
        for (int y = 16; y < 24; y++) System.arraycopy(image.rgb(), 3 * (64 * y + 24), changed, 3 * (64 * y + 24), 24);

        int[] after = tokenizer.encode(new RgbImage(64, 64, changed));

        assertThat(after[19]).isEqualTo(codes[19]);
        assertThat(after).isNotEqualTo(codes);
    }

    @Test
    void anEncoderThatSeesNeighboursIsWhatItsConfigurationSays(@TempDir Path folder) {
        var wide = new VqConfig(64, 8, 40, DIM, List.of(12, 20), List.of(16, 24), true);
        assertThat(VqConfig.fromJson(new JsonMapper().valueToTree(wide.toJson())))
                .isEqualTo(wide);
        assertThat(VqConfig.fromJson(new JsonMapper().valueToTree(config.toJson())))
                .isEqualTo(config);
        Path file = folder.resolve("wide.safetensors");
        RandomWeights.vq(wide, 6, DType.F32).write(file);
        Safetensors seeing = Safetensors.open(file);
        float[] book = seeing.floats("codebook.weight");
        RgbImage image = picture(7);

        try (var neighbours = VqTokenizer.open(wide, seeing)) {
            int[] codes = neighbours.encode(image);
            float[] z = encode(image.planes(), seeing, Border.REPLICATE);
            for (int cell = 0; cell < CELLS; cell++) {
                double chosen = distance(book, z, cell, codes[cell]);
                for (int code = 0; code < 40; code++)
                    assertThat(chosen).isLessThan(distance(book, z, cell, code) + 1e-4);
            }
        }
    }

    @Test
    void theLowestOfEqualCodesIsTaken(@TempDir Path folder) {
        var writer = new Safetensors.Writer();
        for (String name : weights.tensors().keySet()) {
            float[] values = weights.floats(name);
            if (name.equals("codebook.weight")) {
                for (int code = 20; code < 40; code++)
                    System.arraycopy(values, (code - 20) * DIM, values, code * DIM, DIM);
            }
            writer.add(name, DType.F32, values, weights.shape(name));
        }
        Path file = folder.resolve("twins.safetensors");
        writer.write(file);

        try (var twins = VqTokenizer.open(config, Safetensors.open(file))) {
            assertThat(IntStream.of(twins.encode(picture(5)))).allMatch(code -> code < 20);
        }
    }

    @Test
    void refusesOtherSizesAndCodesByBothValues() {
        assertThatThrownBy(() -> tokenizer.encode(new RgbImage(32, 64, new byte[3 * 32 * 64])))
                .hasMessage("need 64 x 64 pixels, got 32 x 64 pixels");
        assertThatThrownBy(() -> tokenizer.decode(new int[63])).hasMessage("need 64 codes, got 63");
        int[] codes = new int[64];
        codes[5] = 40;
        assertThatThrownBy(() -> tokenizer.decode(codes)).hasMessage("need 0 <= code < 40, got 40");
    }

    private static float[] encode(float[] planes, Safetensors weights, Border border) {
        var layers = new Reference(weights);
        float[] x = layers.convolution(Reference.unshuffle(planes, 3, 64, 4), 16, "encoder.in", 1, Border.NONE);
        x = relu(layers.residual(x, 16, "encoder.res1", border));
        x = layers.convolution(x, 16, "encoder.down", 2, Border.NONE);
        x = relu(layers.residual(x, 8, "encoder.res2", border));
        return layers.convolution(x, 8, "encoder.out", 1, Border.NONE);
    }

    private float[] decode(int[] codes) {
        var layers = new Reference(weights);
        float[] z = new float[DIM * CELLS], codebook = weights.floats("codebook.weight");
        for (int cell = 0; cell < CELLS; cell++) {
            for (int d = 0; d < DIM; d++) z[d * CELLS + cell] = codebook[codes[cell] * DIM + d];
        }
        float[] x = layers.convolution(z, 8, "decoder.in", 1, Border.REPLICATE);
        x = relu(layers.residual(x, 8, "decoder.res1", Border.REPLICATE));
        x = Reference.shuffle(layers.convolution(x, 8, "decoder.up", 1, Border.NONE), 24, 16, 2);
        x = relu(layers.residual(x, 16, "decoder.res2", Border.REPLICATE));
        return Reference.shuffle(layers.convolution(x, 16, "decoder.out", 1, Border.REPLICATE), 3, 64, 4);
    }

    private static double distance(float[] codebook, float[] z, int cell, int code) {
        double sum = 0;
        for (int d = 0; d < DIM; d++) sum += Math.pow(z[d * CELLS + cell] - codebook[code * DIM + d], 2);
        return sum;
    }

    private static RgbImage picture(long seed) {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(seed).nextBytes(rgb);
        return new RgbImage(64, 64, rgb);
    }
}
