package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Held to Pillow, byte for byte: 13 pictures, two filters, two sizes, and the crop of each.
class ResamplingTest {

    @Test
    void resizesToTheBytesThatPillowGives() throws IOException {
        int checked = 0;
        for (JsonNode picture : new JsonMapper().readTree(bytes("images.json"))) {
            String file = picture.get("file").asString();
            RgbImage image = Images.DEFAULT.read(bytes(file), null);
            assertThat(sha256(image))
                    .as(file)
                    .isEqualTo(picture.get("rgb").get("sha256").asString());

            for (JsonNode expected : picture.get("resized")) {
                var filter =
                        Resampling.valueOf(expected.get("filter").asString().toUpperCase(Locale.ROOT));
                JsonNode size = expected.get("size");
                RgbImage resized =
                        filter.resize(image, size.get(0).asInt(), size.get(1).asInt());

                String what = "%s %s".formatted(file, expected);
                assertThat(sha256(resized))
                        .as(what)
                        .isEqualTo(expected.get("sha256").asString());
                JsonNode box = expected.get("floor_box");
                RgbImage crop = filter.resizeShortSideAndCrop(
                        image,
                        expected.get("short_side").asInt(),
                        box.get(2).asInt(),
                        box.get(3).asInt());
                assertThat(sha256(crop))
                        .as(what)
                        .isEqualTo(expected.get("sha256_floor").asString());
                checked++;
            }
        }
        assertThat(checked).isEqualTo(52);
    }

    /// JPEG decoders may differ by two levels.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void aCameraThatWasHeldOtherwiseStillGivesAnUprightPicture(int orientation) throws IOException {
        RgbImage expected = Images.DEFAULT.read(bytes("upright" + orientation + ".png"), null);

        RgbImage read = Images.DEFAULT.read(bytes("orientation" + orientation + ".jpg"), null);

        assertThat(read.width()).isEqualTo(expected.width());
        for (int i = 0; i < read.rgb().length; i++) {
            assertThat(Math.abs((read.rgb()[i] & 0xff) - (expected.rgb()[i] & 0xff)))
                    .isLessThanOrEqualTo(2);
        }
    }

    /// All of it would be 224 million pixels long.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofALongThinPictureOnlyTheMiddleIsMade(boolean tall) {
        int length = 1_000_000, side = 224;
        byte[] rgb = new byte[3 * length];
        Arrays.fill(rgb, 3 * length / 2, rgb.length, (byte) 200); // black, then grey
        var picture = tall ? new RgbImage(1, length, rgb) : new RgbImage(length, 1, rgb);

        RgbImage crop = Resampling.BICUBIC.resizeShortSideAndCrop(picture, side, side, side);

        var near = new RgbImage(
                tall ? 1 : 20, tall ? 20 : 1, Arrays.copyOfRange(rgb, rgb.length / 2 - 30, rgb.length / 2 + 30));
        assertThat(crop).isEqualTo(Resampling.BICUBIC.resizeShortSideAndCrop(near, side, side, side));
        assertThat(crop.rgb()[0] & 0xff).isLessThan(crop.rgb()[crop.rgb().length - 1] & 0xff);
    }

    @Test
    void refusesSizesThatAreNone() {
        var pixel = new RgbImage(1, 1, new byte[3]);

        assertThatThrownBy(() -> Resampling.BICUBIC.resize(pixel, 0, 4)).hasMessageContaining("got 0 x 4");
        assertThatThrownBy(() -> Resampling.BICUBIC.resizeAndCrop(pixel, 1, 1, 2, 2))
                .hasMessage("need at least 2 x 2 pixels, got 1 x 1");
    }

    private static String sha256(RgbImage image) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String name) throws IOException {
        try (var in = ResamplingTest.class.getResourceAsStream("/resize/" + name)) {
            return in.readAllBytes();
        }
    }
}
