package dev.cm3leon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Held to scikit-image and pytorch-msssim on 13 pairs.
class ImageSimilarityTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-9);

    @Test
    void everyMeasureIsThatOfTheReference() throws IOException {
        for (JsonNode pair : References.json("pairs.json").get("pairs")) {
            String name = pair.get("b").asString();
            Planes a = planes(pair.get("a").asString()), b = planes(name);

            double psnr = ImageSimilarity.psnr(a, b), expected = References.number(pair.get("psnr"));
            if (Double.isInfinite(expected)) assertThat(psnr).as(name).isInfinite();
            else assertThat(psnr).as(name).isCloseTo(expected, CLOSE);
            assertThat(ImageSimilarity.ssim(a, b))
                    .as(name)
                    .isCloseTo(pair.get("ssim").asDouble(), CLOSE);
            if (pair.get("ms_ssim").isNull()) {
                assertThatThrownBy(() -> ImageSimilarity.multiScaleSsim(a, b)).hasMessageContaining("at least 161");
            } else {
                assertThat(ImageSimilarity.multiScaleSsim(a, b))
                        .as(name)
                        .isCloseTo(pair.get("ms_ssim").asDouble(), CLOSE);
            }
        }
    }

    @Test
    void refusesImagesOfTwoShapes() {
        var small = Planes.of(new byte[12], 2, 2, 3);
        var grey = Planes.of(new byte[4], 2, 2, 1);

        assertThatThrownBy(() -> ImageSimilarity.psnr(small, grey)).hasMessageContaining("2 x 2 x 3 and 2 x 2 x 1");
        assertThatThrownBy(() -> Planes.of(new byte[5], 2, 2, 1)).hasMessageContaining("got 5");
    }

    private static Planes planes(String file) throws IOException {
        Raster raster =
                ImageIO.read(new ByteArrayInputStream(References.bytes(file))).getRaster();
        int channels = raster.getNumBands(), width = raster.getWidth(), height = raster.getHeight();
        byte[] pixels = new byte[width * height * channels];
        for (int i = 0; i < pixels.length; i++) {
            int pixel = i / channels;
            pixels[i] = (byte) raster.getSample(pixel % width, pixel / width, i % channels);
        }
        return Planes.of(pixels, width, height, channels);
    }
}
