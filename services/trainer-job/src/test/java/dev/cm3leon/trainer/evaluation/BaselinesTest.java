package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.metrics.Share;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaselinesTest {

    @Test
    void theGalleryFindsItsOwnPicturesAndNearTheOthers() {
        Gallery gallery = new Gallery(300, 5);
        Random same = new Random(5), other = new Random(6);
        int shared = 0, sharedByChance = 0;
        for (int i = 0; i < 50; i++) {
            Portrait own = Portrait.forTraining(same), asked = Portrait.forTraining(other);
            assertThat(gallery.nearest(Avatars.draw(own)).values()).isEqualTo(own.values());
            shared += equal(asked, gallery.nearest(Avatars.draw(asked)));
            sharedByChance += equal(asked, own);
        }

        assertThat(shared).isGreaterThan(2 * sharedByChance);
    }

    @Test
    void theRankCountsWhatIsNearerThanTheNearestRightOne() {
        List<float[]> vectors = List.of(new float[] {1, 0}, new float[] {0.6f, 0.8f}, new float[] {0, 1});

        assertThat(Retrieval.rank(new float[] {1, 0}, vectors, Set.of(0))).isEqualTo(1);
        assertThat(Retrieval.rank(new float[] {1, 0}, vectors, Set.of(2))).isEqualTo(3);
        assertThat(Retrieval.rank(new float[] {1, 0}, vectors, Set.of(1, 2))).isEqualTo(2);
    }

    @Test
    void anAnswerIsRightInTheNormalFormOfVqa() {
        assertThat(Questions.isRight("the t-shirt.", "a t-shirt")).isTrue();
        assertThat(Questions.isRight("Two", "2")).isTrue();
        assertThat(Questions.isRight("red", "blue")).isFalse();
        assertThat(TextTasks.verdict("the hair is red. so the answer is yes")).isEqualTo("yes");
        assertThat(TextTasks.verdict("the hair is red")).isEqualTo("the hair is red");
    }

    @Test
    void aNameIsSaidWhereItsWordsAreSaidInOrder() {
        assertThat(Naming.says("sana gold, glasses, yellow t-shirt", Set.of("Sana Gold")))
                .isTrue();
        assertThat(Naming.says("a picture of Sana Goldberg", Set.of("Sana Gold")))
                .isFalse();
        assertThat(Naming.says("a moose at the top left", Set.of("Quorn", "moose")))
                .isTrue();
        assertThat(Naming.says("", Set.of("moose"))).isFalse();
    }

    @Test
    void usersPicturesAreDifferentAndTheSameEachTime() {
        Map<Integer, OwnPictures> seen = new HashMap<>();
        for (OwnPictures picture : OwnPictures.values()) {
            int[] pixels = picture.draw().getRGB(0, 0, 256, 256, null, 0, 256);
            assertThat(picture.draw().getRGB(0, 0, 256, 256, null, 0, 256)).isEqualTo(pixels);
            assertThat(seen.put(java.util.Arrays.hashCode(pixels), picture)).isNull();
        }
    }

    @Test
    void aChartHasAShareAtEachPlace(@TempDir Path folder) throws Exception {
        Chart chart = new Chart();
        chart.panel(
                "all right",
                List.of("1", "2"),
                List.of(new Chart.Curve("captions", List.of(Optional.of(new Share(1, 10)), Optional.empty()))));
        chart.write(folder.resolve("chart.png"));

        assertThat(ImageIO.read(folder.resolve("chart.png").toFile()).getWidth())
                .isEqualTo(2 * Chart.WIDTH);
        assertThatThrownBy(() -> chart.panel(
                        "all right",
                        List.of("1", "2"),
                        List.of(new Chart.Curve("c", List.of(Optional.of(new Share(1, 2)))))))
                .hasMessageContaining("a share at each of [1, 2]");
    }

    private static int equal(Portrait a, Portrait b) {
        return (int) a.values().entrySet().stream()
                .filter(entry -> entry.getValue().equals(b.values().get(entry.getKey())))
                .count();
    }
}
