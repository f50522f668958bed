package dev.cm3leon.model.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A tiny random VQGAN held to what the public code gives (claim 37).
class VqganTest {
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
