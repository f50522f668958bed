package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.metrics.Box;
import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.vq.VqModel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SceneTest {
    private final RandomGenerator random = Ops.random(1, "test", 0);

    @Test
    void aCardHasTheSameCodesAtEveryPlaceAndOnEveryGround() throws Exception {
        VqConfig sizes = new VqConfig(64, 8, 256, 4, List.of(8, 16), List.of(16, 16), false);
        var vq = new VqModel(sizes, random);
        Card card = Card.random(Thing.Split.TRAIN.things(), random);
        int[] first = codes(vq, new Scene(Map.of(Place.TOP_LEFT, card), Background.WHITE), Place.TOP_LEFT);

        for (Place place : Place.values())
            for (Background ground : Background.values())
                assertThat(codes(vq, new Scene(Map.of(place, card), ground), place))
                        .isEqualTo(first);
    }

    @Test
    void whatIsDrawnIsReadAgain() {
        int places = 0;
        for (int i = 0; i < 100; i++) {
            List<Thing> things = Thing.Split.TEST.things();
            Card card = Card.of(things.get(random.nextInt(things.size())));
            Scene scene = Scene.of(card, random);

            SceneRuler.Reading reading = SceneRuler.read(scene.draw());

            assertThat(reading.ground()).isEqualTo(scene.ground());
            if (reading.taken().equals(scene.cards().keySet())) places++;
        }
        assertThat(places).isGreaterThanOrEqualTo(98); // a white thing on a white ground cannot be seen
    }

    @Test
    void aCardOnAGroundOfAnotherColourFillsItsBox() {
        Card card = Card.of(Thing.Split.TEST.things().getFirst());
        var scene = new Scene(Map.of(Place.TOP_RIGHT, card), Background.BLUE);

        assertThat(SceneRuler.boxes(scene.draw())).isEqualTo(Map.of(Place.TOP_RIGHT, new Box(32, 0, 32, 32)));
    }

    @Test
    void aThingIsFirstInItsOwnGalleryWhereItStandsAndNotWhereItDoesNot() {
        List<Thing> gallery = Thing.Split.TEST.things().stream()
                .filter(thing -> thing.style().equals("noto"))
                .toList();
        var ruler = new SceneRuler(gallery);
        int elsewhere = 0;
        for (Thing thing : gallery) {
            byte[] picture = new Scene(Map.of(Place.BOTTOM_LEFT, Card.of(thing)), Background.BLUE).draw();

            assertThat(ruler.rank(picture, Place.BOTTOM_LEFT, thing)).isEqualTo(1);
            if (ruler.rank(picture, Place.TOP_LEFT, thing) == 1) elsewhere++;
        }
        assertThat(elsewhere).isLessThanOrEqualTo(1);
    }

    @Test
    void everyCardHasAPlace() {
        for (int places = 2; places <= 4; places++) {
            Card one = Card.of(Thing.Split.TRAIN.things().get(0)),
                    two = Card.of(Thing.Split.TRAIN.things().get(40));

            Scene scene = Scene.of(List.of(one, two), places, random);

            assertThat(scene.cards()).hasSize(places);
            assertThat(Set.copyOf(scene.things())).isEqualTo(Set.of(one, two));
        }
        assertThatThrownBy(() -> Scene.of(List.of(), 5, random)).hasMessageContaining("<= 4, got 5");
    }

    @Test
    void anEditChangesOneThing() {
        for (int i = 0; i < 100; i++) {
            Scene scene = Scene.of(Card.random(Thing.Split.TRAIN.things(), random), random);

            SceneEdit edit = SceneEdit.random(scene, random);

            boolean moved = !edit.after().cards().equals(scene.cards());
            assertThat(moved).isNotEqualTo(edit.after().ground() != scene.ground());
            assertThat(edit.instruction()).startsWith(moved ? "Move it to the" : "Make the background");
        }
    }

    private static int[] codes(VqModel vq, Scene scene, Place place) {
        int[] all = vq.codes(new byte[][] {scene.draw()})[0];
        int[] codes = new int[16];
        for (int i = 0; i < 16; i++) codes[i] = all[(place.top() / 8 + i / 4) * 8 + place.left() / 8 + i % 4];
        return codes;
    }
}
