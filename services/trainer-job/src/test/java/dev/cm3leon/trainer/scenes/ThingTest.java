package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ThingTest {
    @Test
    void noFamilyIsInTwoSplits() {
        Set<String> seen = new HashSet<>();
        for (Thing.Split split : Thing.Split.values()) {
            Set<String> families = split.things().stream().map(Thing::family).collect(Collectors.toSet());
            assertThat(families).isNotEmpty().noneMatch(seen::contains);
            seen.addAll(families);
        }
    }

    @Test
    void otherStylesShowThingsOfTrainingOnly() {
        Set<String> training =
                Thing.Split.TRAIN.things().stream().map(Thing::family).collect(Collectors.toSet());
        Set<String> styles =
                Thing.Split.TRAIN.things().stream().map(Thing::style).collect(Collectors.toSet());

        assertThat(Thing.otherStyles())
                .isNotEmpty()
                .allMatch(thing -> training.contains(thing.family()))
                .noneMatch(thing -> styles.contains(thing.style()));
    }

    @Test
    void noTestPictureIsATrainingPicture() {
        Set<String> training = Thing.Split.TRAIN.things().stream()
                .map(thing -> java.util.Arrays.toString(thing.rgb()))
                .collect(Collectors.toSet());

        assertThat(Thing.Split.TEST.things())
                .noneMatch(thing -> training.contains(java.util.Arrays.toString(thing.rgb())));
    }

    @Test
    void aStyleHasAtLeast114ThingsToTellApart() {
        for (String style : Set.of("noto", "twemoji", "fluent")) {
            assertThat(Thing.Split.TEST.things().stream()
                            .filter(thing -> thing.style().equals(style))
                            .map(Thing::label)
                            .distinct())
                    .hasSizeGreaterThanOrEqualTo(114);
        }
    }
}
