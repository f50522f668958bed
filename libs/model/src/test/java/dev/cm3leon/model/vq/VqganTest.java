package dev.cm3leon.model.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/// A tiny random VQGAN held to what the public code gives (claim 37).
class VqganTest {
    private static final VqganConfig TINY = new VqganConfig(64, 64, 8, 32, List.of(2, 1), 1, List.of(32), 12);

    private static Safetensors recorded;
    private static Vqgan vqgan;

    @BeforeAll
    static void open() {
        recorded = Safetensors.open(file("io.safetensors"));
        vqgan = Vqgan.open(Checkpoint.open(file("model.safetensors").getParent()), 64);
    }

    @AfterAll
    static void close() {
        vqgan.close();
    }

    /// Odd sizes and long ones among them, grey and of a palette; downsampling pads to the right and below only.
    @ParameterizedTest
    @CsvSource({
        "00, in-00-RGB-97x61.png",
        "02, in-02-RGB-17x23.png",
        "03, in-03-RGB-129x128.png",
        "04, in-04-RGB-131x128.png",
        "05, in-05-RGB-640x427.png",
        "06, in-06-L-70x90.png",
        "08, in-08-P-100x64.png",
        "10, in-10-RGB-64x64.png",
        "12, in-12-RGB-300x9.png"
    })
    void claim37APictureHasTheCodesThatAreRecorded(String number, String picture) throws IOException {
        RgbImage image = Images.DEFAULT.read(Files.readAllBytes(file(picture)), null);

        assertThat(vqgan.encode(image)).isEqualTo(codes(number + ".codes"));
    }

    @ParameterizedTest
    @CsvSource({"00.codes, 00.decoded", "explicit.codes, explicit.decoded", "short.codes, short.decoded"})
    void claim37CodesHaveThePictureThatIsRecorded(String codes, String decoded) {
        assertThat(vqgan.planes(codes(codes)))
                .usingComparatorWithPrecision(1e-4f)
                .containsExactly(recorded.floats(decoded));
    }

    @Test
    void claim37BytesAreCutOffAndNotRounded() throws IOException {
        RgbImage expected = Images.DEFAULT.read(Files.readAllBytes(file("out-00.png")), null);

        byte[] drawn = vqgan.decode(codes("00.codes")).rgb();

        int different = 0;
        for (int i = 0; i < drawn.length; i++) {
            int apart = Math.abs((drawn[i] & 0xff) - (expected.rgb()[i] & 0xff));
            assertThat(apart).isLessThanOrEqualTo(1);
            if (apart > 0) different++;
        }
        assertThat(different).isLessThan(drawn.length / 1000);
    }

    /// As a bundle has it, whose configuration says what the weights must be.
    @Test
    void aBundleMayHaveOneAsItsImageTokenizer() throws IOException {
        VqShape read = VqShape.fromJson(new JsonMapper().valueToTree(TINY.toJson()));
        RgbImage picture = Images.DEFAULT.read(Files.readAllBytes(file("in-10-RGB-64x64.png")), null);

        try (var tokenizer = VqTokenizer.open(read, Safetensors.open(file("model.safetensors")))) {
            assertThat(tokenizer.encode(picture)).isEqualTo(codes("10.codes"));
            assertThat(tokenizer.decode(codes("explicit.codes")))
                    .isEqualTo(RgbImage.fromPlanes(vqgan.planes(codes("explicit.codes")), 64, 64));
        }
        assertThat(read).isEqualTo(TINY);
        assertThat(read.grid()).isEqualTo(32);
        assertThat(read.cellSize()).isEqualTo(2);
    }

    @Test
    void itsWeightsMustBeThoseOfItsConfiguration() {
        Safetensors weights = Safetensors.open(file("model.safetensors"));
        var wider = new VqganConfig(64, 64, 8, 32, List.of(2, 1), 1, List.of(32), 16);
        var deeper = new VqganConfig(64, 64, 8, 32, List.of(2, 1), 2, List.of(32), 12);
        var plain = new VqganConfig(64, 64, 8, 32, List.of(2, 1), 1, List.of(), 12);

        assertThatThrownBy(() -> VqTokenizer.open(wider, weights))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(
                        "model.safetensors: need shape [16, 32, 3, 3] for encoder.conv_out.weight, got [12, 32, 3, 3]");
        assertThatThrownBy(() -> VqTokenizer.open(deeper, weights))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("encoder.down.0.block.1.norm1.weight");
        assertThatThrownBy(() -> VqTokenizer.open(plain, weights))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("encoder.down.1.attn.0");
    }

    @Test
    void refusesSizesThatCannotBe() {
        assertThatThrownBy(() -> new VqganConfig(64, 64, 8, 48, List.of(1), 1, List.of(), 8))
                .hasMessage("need channels a multiple of 32, got 48");
        assertThatThrownBy(() -> new VqganConfig(60, 64, 8, 32, List.of(1, 1, 2, 4), 1, List.of(), 8))
                .hasMessage("need image_size a multiple of 8 for 4 multipliers, got 60");
        assertThatThrownBy(() -> new VqganConfig(64, 64, 8, 32, List.of(1, 2), 1, List.of(16), 8))
                .hasMessage("need attention among the sides [64, 32], got [16]");
        assertThatThrownBy(() -> VqShape.fromJson(new JsonMapper().readTree("{\"architecture\": \"other\"}")))
                .hasMessage("need no architecture or vqgan, got \"other\"");
    }

    @Test
    void refusesWhatItCannotDecode() {
        assertThatThrownBy(() -> vqgan.decode(new int[0])).hasMessage("need 1 to 1024 codes, got 0");
        assertThatThrownBy(() -> vqgan.decode(new int[] {64})).hasMessage("need 0 <= code < 64, got 64");
    }

    private static int[] codes(String name) {
        float[] values = recorded.floats(name);
        int[] codes = new int[values.length];
        for (int i = 0; i < codes.length; i++) codes[i] = (int) values[i];
        return codes;
    }

    private static Path file(String name) {
        try {
            return Path.of(VqganTest.class.getResource("/vqgan/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
