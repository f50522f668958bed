package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThumbnailsTest {

    @Test
    void aSquareOfAPictureShrinksToItsMeanColours() {
        byte[] rgb = new byte[64 * 64 * 3];
        for (int y = 32; y < 64; y++)
            for (int x = 0; x < 32; x++) rgb[3 * (y * 64 + x)] = (byte) (x % 2 == 0 ? 200 : 100); // red

        float[] whole = Thumbnails.of(rgb, 64, 0, 0, 64), quarter = Thumbnails.of(rgb, 64, 0, 32, 32);

        assertThat(whole).hasSize(16 * 16 * 3);
        assertThat(Arrays.copyOfRange(whole, 3 * 8 * 16, 3 * 8 * 16 + 3)).containsExactly(150, 0, 0);
        assertThat(whole[3 * (8 * 16 + 8)]).isZero();
        for (int i = 0; i < quarter.length; i++) assertThat(quarter[i]).isEqualTo(i % 3 == 0 ? 150 : 0);
        assertThatThrownBy(() -> Thumbnails.of(rgb, 64, 0, 0, 20)).hasMessageContaining("multiple of 16, got 20");
    }

    @Test
    void theRankCountsThoseThatAreNearer() {
        var gallery = new Thumbnails(List.of(filled(0), filled(100), filled(200)));

        assertThat(gallery.rank(filled(120), 1)).isEqualTo(1);
        assertThat(gallery.rank(filled(120), 2)).isEqualTo(2);
        assertThat(gallery.rank(filled(120), 0)).isEqualTo(3);
        assertThat(gallery.nearest(filled(190))).isEqualTo(2);
    }

    private static float[] filled(float value) {
        float[] picture = new float[16 * 16 * 3];
        Arrays.fill(picture, value);
        return picture;
    }
}
