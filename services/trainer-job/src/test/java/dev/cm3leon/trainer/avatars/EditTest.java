package dev.cm3leon.trainer.avatars;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.trainer.torch.Ops;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class EditTest {
    private final RandomGenerator random = Ops.random(3, "test", 0);

    @Test
    void oneAttributeChangesAsTold() {
        Set<Attribute> changed = EnumSet.noneOf(Attribute.class);
        for (int i = 0; i < 400; i++) {
            Edit edit = Edit.random(Portrait.forTraining(random), random);

            for (Attribute attribute : Attribute.values()) {
                boolean differs = attribute.index(edit.before()) != attribute.index(edit.after());
                assertThat(differs).isEqualTo(attribute == edit.attribute() || hairColourShows(edit, attribute));
            }
            assertThat(edit.after().withheld()).isFalse();
            changed.add(edit.attribute());
        }
        assertThat(changed).isEqualTo(Edit.ATTRIBUTES);
    }

    /// On a bald head the colour of the hair is seen while there is a beard.
    private static boolean hairColourShows(Edit edit, Attribute attribute) {
        return attribute == Attribute.HAIR_COLOUR
                && edit.attribute() == Attribute.BEARD
                && edit.before().identity().hair() == Identity.Hair.BALD
                && (attribute.index(edit.before()) < 0 || attribute.index(edit.after()) < 0);
    }

    @Test
    void aHalfShowsItsPixelsAndHidesTheOthers() {
        byte[] whole = Avatars.draw(Portrait.random(random));
        int middle = whole.length / 2;

        byte[] upper = Half.UPPER.of(whole), lower = Half.LOWER.of(whole);

        assertThat(Arrays.copyOf(upper, middle)).isEqualTo(Arrays.copyOf(whole, middle));
        assertThat(Arrays.copyOfRange(lower, middle, whole.length))
                .isEqualTo(Arrays.copyOfRange(whole, middle, whole.length));
        byte[] cover = Arrays.copyOfRange(upper, middle, middle + 3);
        for (int i = 0; i < middle; i++) {
            assertThat(upper[middle + i]).isEqualTo(cover[i % 3]);
            assertThat(lower[i]).isEqualTo(cover[i % 3]);
        }
    }
}
