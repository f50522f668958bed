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

    /// Every other one a little narrower, lower, turned and in another light, so that what two styles have in common
    /// is learned rather than which pictures belong together.
    private static Thing varied(Thing thing, RandomGenerator random) {
        if (random.nextBoolean()) return thing;
        double wide = 0.8 + 0.25 * random.nextDouble(), high = 0.8 + 0.25 * random.nextDouble();
        double turn = Math.toRadians(24 * random.nextDouble() - 12);
        double[] light = random.doubles(3, 0.93, 1.07).toArray();
        double all = 0.85 + 0.3 * random.nextDouble();
        for (int c = 0; c < 3; c++) light[c] *= all;
        byte[] rgb = new byte[thing.rgb().length];
        double middle = (Thing.SIZE - 1) / 2.0;
        for (int y = 0; y < Thing.SIZE; y++) {
            for (int x = 0; x < Thing.SIZE; x++) {
                double right = (x - middle) / wide, down = (y - middle) / high;
                double u = middle + Math.cos(turn) * right + Math.sin(turn) * down;
                double v = middle + Math.cos(turn) * down - Math.sin(turn) * right;
                for (int c = 0; c < 3; c++) {
                    double ink = light[c] * (255 - between(thing.rgb(), u, v, c));
                    rgb[3 * (y * Thing.SIZE + x) + c] = (byte) Math.clamp(Math.round(255 - ink), 0, 255);
                }
            }
        }
        return new Thing(thing.style(), thing.family(), thing.label(), rgb);
    }

    /// A channel between four pixels, by their distances; white beyond the border.
    private static double between(byte[] rgb, double u, double v, int c) {
        int left = (int) Math.floor(u), top = (int) Math.floor(v);
        double right = u - left, down = v - top;
        return (1 - down) * ((1 - right) * at(rgb, left, top, c) + right * at(rgb, left + 1, top, c))
                + down * ((1 - right) * at(rgb, left, top + 1, c) + right * at(rgb, left + 1, top + 1, c));
    }

    private static int at(byte[] rgb, int u, int v, int c) {
        boolean inside = u >= 0 && v >= 0 && u < Thing.SIZE && v < Thing.SIZE;
        return inside ? rgb[3 * (v * Thing.SIZE + u) + c] & 255 : 255;
    }

    private static byte[] onWhite(Card card, Place place) {
        return new Scene(Map.of(place, card), Background.WHITE).draw();
    }
}
