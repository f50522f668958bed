package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.trainer.torch.Ops;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SceneCaptionsTest {
    private final RandomGenerator random = Ops.random(2, "test", 0);

    @Test
    void theFullSentenceIsReadBack() {
        for (int i = 0; i < 200; i++) {
            Scene scene = some(1 + random.nextInt(2), 2);

            SceneCaptions.Said said = SceneCaptions.read(SceneCaptions.canonical(scene));

            assertThat(said.ground()).isEqualTo(SceneCaptions.word(scene.ground()));
            assertThat(said.labels().keySet()).isEqualTo(scene.cards().keySet());
            scene.cards().forEach((place, card) -> assertThat(said.labels())
                    .containsEntry(place, card.thing().label()));
        }
    }

    @Test
    void aRequestSaysEveryNameAndPlace() {
        for (int i = 0; i < 200; i++) {
            Scene scene = some(2, 2 + random.nextInt(3));

            String caption =
                    SceneCaptions.named(scene, card -> "N" + scene.things().indexOf(card), random);

            assertThat(caption).contains("N0", "N1");
            scene.cards().keySet().forEach(place -> assertThat(caption).contains(place.words()));
        }
    }

    @Test
    void yesAndNoAreEquallyLikelyAndTrue() {
        int yes = 0, no = 0;
        for (int i = 0; i < 600; i++) {
            Scene scene = some(1, 1);
            for (var question : SceneCaptions.questions(scene, random)) {
                if (!question.question().startsWith("Is there anything at the ")) continue;
                boolean there = scene.cards().keySet().stream()
                        .anyMatch(place -> question.question().contains(place.words()));
                assertThat(question.answer()).isEqualTo(there ? "yes" : "no");
                if (there) yes++;
                else no++;
            }
        }
        assertThat(yes).isBetween(230, 370);
        assertThat(no).isBetween(230, 370);
    }

    private Scene some(int things, int places) {
        List<Thing> train = Thing.Split.TRAIN.things();
        Card one = Card.of(train.get(random.nextInt(100))), two = Card.of(train.get(100 + random.nextInt(100)));
        return Scene.of(things == 1 ? List.of(one) : List.of(one, two), places, random);
    }
}
