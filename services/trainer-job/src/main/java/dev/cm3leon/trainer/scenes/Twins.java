package dev.cm3leon.trainer.scenes;

import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Options;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Things that there are in several styles, by what they show: two pictures of one show the same and look different.
public final class Twins {
    private final List<List<Thing>> things;

    /// @param things of any styles; those whose label only one style has are left out
    public Twins(List<Thing> things) {
        Map<String, Map<String, Thing>> byLabel = new LinkedHashMap<>();
        for (Thing thing : things)
            byLabel.computeIfAbsent(thing.label(), _ -> new LinkedHashMap<>()).putIfAbsent(thing.style(), thing);
        this.things = byLabel.values().stream()
                .filter(styles -> styles.size() > 1)
                .map(styles -> List.copyOf(styles.values()))
                .toList();
    }

    /// Two scenes of a thing each, in two styles; no two of the same label.
    ///
    /// @param count of pairs, as many as there are labels at most
    /// @return (count, 2) pictures, row-major RGB of [Scene#SIZE]
    public byte[][][] some(int count, RandomGenerator random) {
        if (count > things.size())
            throw new IllegalArgumentException("need at most " + things.size() + " pairs, got " + count);
        List<List<Thing>> left = new ArrayList<>(things);
        Options.shuffle(left, random);
        byte[][][] pairs = new byte[count][][];
        for (int i = 0; i < count; i++) pairs[i] = pair(left.get(i), random);
        return pairs;
    }

    /// Half of them at the same place on white, as documents may be, the others anywhere on any ground. Both have
    /// the same order of colours and are mirrored alike.
    private static byte[][] pair(List<Thing> styles, RandomGenerator random) {
        List<Thing> two = new ArrayList<>(styles);
        Options.shuffle(two, random);
        Card one = Card.random(List.of(varied(two.get(0), random)), random),
                any = Card.random(List.of(varied(two.get(1), random)), random);
        Card other = new Card(any.thing(), one.colours(), one.mirrored(), any.right(), any.down());
        if (random.nextBoolean()) {
            Place place = Scene.place(random);
            return new byte[][] {onWhite(one, place), onWhite(other, place)};
        }
        return new byte[][] {
            Scene.of(one, random).draw(), Scene.of(other, random).draw()
        };
    }

    private static Thing varied(Thing thing, RandomGenerator random) {
        return new Thing(
                thing.style(), thing.family(), thing.label(), Variation.SLIGHT.of(thing.rgb(), Thing.SIZE, random));
    }

    private static byte[] onWhite(Card card, Place place) {
        return new Scene(Map.of(place, card), Background.WHITE).draw();
    }
}
