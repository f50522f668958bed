package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.trainer.torch.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TwinsTest {

    private static final int[] INK = {60, 120, 250};

    /// Three labels in three styles each: squares, the larger the later the label, the darker the later the style.
    /// One more in one style.
    private static final List<Thing> THINGS = things();

    private static List<Thing> things() {
        List<Thing> things = new ArrayList<>();
        for (int label = 0; label < 3; label++)
            for (int style = 0; style < 3; style++) things.add(thing("style " + style, label, INK[style]));
        things.add(thing("style 0", 3, 20));
        return things;
    }

    private static Thing thing(String style, int label, int ink) {
        byte[] rgb = new byte[3 * Thing.SIZE * Thing.SIZE];
        Arrays.fill(rgb, (byte) 255);
        int from = 12 - 4 * label, to = Thing.SIZE - from;
        for (int y = from; y < to; y++)
            Arrays.fill(rgb, 3 * (y * Thing.SIZE + from), 3 * (y * Thing.SIZE + to), (byte) (255 - ink));
        return new Thing(style, "label " + label, "label " + label, rgb);
    }

    @Test
    void aPairShowsOneLabelInTwoStylesAndNoLabelComesTwice() {
        var random = Ops.random(1, "test", 0);
        for (int round = 0; round < 50; round++) {
            Set<Integer> labels = new HashSet<>();
            for (byte[][] pair : new Twins(THINGS).some(3, random)) {
                assertThat(style(pair[0])).isNotEqualTo(style(pair[1]));
                assertThat(label(pair[0])).isEqualTo(label(pair[1]));
                labels.add(label(pair[0]));
            }
            assertThat(labels).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @Test
    void aLabelOfOneStyleHasNoTwin() {
        assertThatThrownBy(() -> new Twins(THINGS).some(4, Ops.random(1, "test", 0)))
                .hasMessage("need at most 3 pairs, got 4");
    }

    /// How wide its square is: 6, 14, 22 pixels, or a quarter less.
    private static int label(byte[] picture) {
        int ink = ink(picture, card(picture), 0), wide = 0;
        for (int right = -15; right < 15; right++) if (ink(picture, card(picture), right) > ink / 2) wide++;
        return (wide - 1) / 8;
    }

    private static int style(byte[] picture) {
        int ink = ink(picture, card(picture), 0);
        return ink < 90 ? 0 : ink < 170 ? 1 : 2;
    }

    /// The card whose border is white and whose middle is not.
    private static Place card(byte[] picture) {
        for (Place place : Place.values()) {
            if (ink(picture, place, -15) == 0 && ink(picture, place, 0) > 0) return place;
        }
        throw new AssertionError("no thing in the picture");
    }

    /// How far the pixel so far right of the middle of a card is from white.
    private static int ink(byte[] picture, Place place, int right) {
        int at = 3 * ((place.top() + Card.SIZE / 2) * Scene.SIZE + place.left() + Card.SIZE / 2 + right);
        int sum = 0;
        for (int c = 0; c < 3; c++) sum += 255 - (picture[at + c] & 255);
        return sum / 3;
    }
}
