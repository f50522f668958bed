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

    /// Three labels in three styles each, grey: the label in the tens, the style in the units. One more in one style.
    private static final List<Thing> THINGS = things();

    private static List<Thing> things() {
        List<Thing> things = new ArrayList<>();
        for (int label = 0; label < 3; label++)
            for (int style = 0; style < 3; style++)
                things.add(thing("style " + style, "label " + label, 40 + 60 * label + style));
        things.add(thing("style 0", "alone", 250));
        return things;
    }

    private static Thing thing(String style, String label, int grey) {
        byte[] rgb = new byte[3 * Thing.SIZE * Thing.SIZE];
        Arrays.fill(rgb, (byte) grey);
        return new Thing(style, label, label, rgb);
    }

    @Test
    void aPairShowsOneLabelInTwoStylesAndNoLabelComesTwice() {
        var random = Ops.random(1, "test", 0);
        for (int round = 0; round < 50; round++) {
            Set<Integer> labels = new HashSet<>();
            for (byte[][] pair : new Twins(THINGS).some(3, random)) {
                int one = grey(pair[0]), other = grey(pair[1]);
                assertThat(one).isNotEqualTo(other);
                assertThat(one / 10).isEqualTo(other / 10);
                labels.add(one / 10);
            }
            assertThat(labels).containsExactlyInAnyOrder(4, 10, 16);
        }
    }

    @Test
    void aLabelOfOneStyleHasNoTwin() {
        assertThatThrownBy(() -> new Twins(THINGS).some(4, Ops.random(1, "test", 0)))
                .hasMessage("need at most 3 pairs, got 4");
    }

    /// The middle of the card, which is the only place with three equal channels but white and the ground.
    private static int grey(byte[] picture) {
        for (Place place : Place.values()) {
            int at = 3 * ((place.top() + Card.SIZE / 2) * Scene.SIZE + place.left() + Card.SIZE / 2);
            int red = picture[at] & 255, green = picture[at + 1] & 255, blue = picture[at + 2] & 255;
            if (red == green && green == blue && red < 250) return red;
        }
        throw new AssertionError("no thing in the picture");
    }
}
