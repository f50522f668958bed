package dev.cm3leon.trainer.avatars;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.metrics.Share;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulerTest {

    @Test
    void aSavedRulerReadsTheSameAndLearnsBackgroundsFirst(@TempDir Path folder) {
        List<Portrait> portraits = portraits(64);
        List<byte[]> pictures = portraits.stream().map(Avatars::draw).toList();
        Ruler ruler = Ruler.train(40, 1, (loss, step) -> {});

        ruler.save(folder.resolve("ruler.safetensors"));
        var read = Ruler.load(folder.resolve("ruler.safetensors")).read(pictures);

        assertThat(read).isEqualTo(ruler.read(pictures)).hasSize(64);
        Score score = Score.of(portraits, read, Set.of(Attribute.BACKGROUND));
        assertThat(score.mean()).isGreaterThan(2 * Attribute.BACKGROUND.chance());
    }

    @Test
    void aScoreCountsWhatCanBeSeenAlone() {
        List<Portrait> portraits = portraits(200);
        List<Map<Attribute, String>> read = new ArrayList<>();
        for (Portrait portrait : portraits) {
            Map<Attribute, String> right = new EnumMap<>(portrait.values());
            right.putIfAbsent(Attribute.LENGTH, "long"); // a guess where nothing can be seen
            right.put(Attribute.EYES, "none of these");
            read.add(right);
        }

        Score all = Score.of(portraits, read, EnumSet.allOf(Attribute.class));
        Score others = Score.of(portraits, read, EnumSet.complementOf(EnumSet.of(Attribute.EYES)));

        assertThat(all.allRight()).isEqualTo(new Share(0, 200));
        assertThat(all.mean()).isEqualTo(8 / 9.0);
        assertThat(all.byAttribute())
                .containsEntry(Attribute.EYES, new Share(0, 200))
                .hasEntrySatisfying(Attribute.LENGTH, seen -> {
                    assertThat(seen.hits()).isEqualTo(seen.of());
                    assertThat(seen.of()).isLessThan(200);
                });
        assertThat(others.allRight()).isEqualTo(new Share(200, 200));
    }

    @Test
    void aDisturbedPictureIsStillTheSamePicture() {
        Random random = new Random(3);
        for (Portrait portrait : portraits(50)) {
            byte[] clean = Avatars.draw(portrait), disturbed = Disturbance.of(clean, random);

            double difference = 0;
            for (int i = 0; i < clean.length; i++) difference += Math.abs((clean[i] & 255) - (disturbed[i] & 255));

            assertThat(difference / clean.length).isLessThan(45);
        }
    }

    private static List<Portrait> portraits(int count) {
        Random random = new Random(9);
        List<Portrait> portraits = new ArrayList<>();
        for (int i = 0; i < count; i++) portraits.add(Portrait.random(random));
        return portraits;
    }
}
