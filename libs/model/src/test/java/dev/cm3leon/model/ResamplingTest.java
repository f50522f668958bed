package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
                RgbImage resized =
                        filter.resizeShortSide(image, expected.get("short_side").asInt());

                String what = "%s %s".formatted(file, expected);
                assertThat(resized.width())
                        .as(what)
                        .isEqualTo(expected.get("size").get(0).asInt());
                assertThat(sha256(resized))
                        .as(what)
                        .isEqualTo(expected.get("sha256").asString());
                JsonNode box = expected.get("floor_box");
                RgbImage crop = Resampling.centreCrop(
                        resized, box.get(2).asInt(), box.get(3).asInt());
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

    @Test
    void refusesSizesThatAreNone() {
        var pixel = new RgbImage(1, 1, new byte[3]);

        assertThatThrownBy(() -> Resampling.BICUBIC.resize(pixel, 0, 4)).hasMessageContaining("got 0 x 4");
        assertThatThrownBy(() -> Resampling.centreCrop(pixel, 2, 2)).hasMessageContaining("need at least 2 x 2");
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
