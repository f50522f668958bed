package dev.cm3leon.trainer.scenes;

import dev.cm3leon.metrics.Box;
import dev.cm3leon.trainer.avatars.Look.Background;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a drawn scene: which ground, where something stands, and which of a gallery of things it is most like. Pixels
/// alone, nothing learned: the measuring device of evaluations, used nowhere else.
public final class SceneRuler {
    private static final int NEAR = 28; // of 255, the largest difference of a channel that still is the ground
    private static final double OCCUPIED = 0.06; // of the pixels of a quarter that are not the ground

    private final List<Thing> gallery;
    private final Thumbnails thumbnails;

    /// @param gallery what a thing can be, such as those of one style
    public SceneRuler(List<Thing> gallery) {
        this.gallery = List.copyOf(gallery);
        this.thumbnails = new Thumbnails(gallery.stream()
                .map(thing -> {
                    byte[] card = new byte[Card.SIZE * Card.SIZE * 3];
                    Card.of(thing).draw(card, Card.SIZE, 0, 0);
                    return Thumbnails.of(card, Card.SIZE, 0, 0, Card.SIZE);
                })
                .toList());
    }

    /// What a picture shows, by pixel rules: the ground is the colour that most pixels have, and a place is taken where
    /// more than 6 % of the pixels differ from it.
    public record Reading(Background ground, Set<Place> taken) {}

    /// @param rgb 64 x 64, interleaved
    public static Reading read(byte[] rgb) {
        int[] votes = new int[Background.values().length];
        for (int i = 0; i < rgb.length; i += 3)
            for (Background ground : Background.values()) if (near(rgb, i, ground)) votes[ground.ordinal()]++;
        int best = 0;
        for (int i = 1; i < votes.length; i++) if (votes[i] > votes[best]) best = i;
        Background ground = Background.values()[best];
        Set<Place> taken = EnumSet.noneOf(Place.class);
        for (Place place : Place.values()) {
            int other = 0;
            for (int y = place.top(); y < place.top() + Card.SIZE; y++)
                for (int x = place.left(); x < place.left() + Card.SIZE; x++)
                    if (!near(rgb, 3 * (y * Scene.SIZE + x), ground)) other++;
            if (other > OCCUPIED * Card.SIZE * Card.SIZE) taken.add(place);
        }
        return new Reading(ground, taken);
    }

    /// What differs from the ground in each place that is taken: the smallest box around it, in pixels.
    ///
    /// @param rgb 64 x 64, interleaved
    public static Map<Place, Box> boxes(byte[] rgb) {
        Reading reading = read(rgb);
        Map<Place, Box> boxes = new EnumMap<>(Place.class);
        for (Place place : reading.taken) {
            int left = Scene.SIZE, top = Scene.SIZE, right = 0, bottom = 0;
            for (int y = place.top(); y < place.top() + Card.SIZE; y++) {
                for (int x = place.left(); x < place.left() + Card.SIZE; x++) {
                    if (near(rgb, 3 * (y * Scene.SIZE + x), reading.ground)) continue;
                    left = Math.min(left, x);
                    top = Math.min(top, y);
                    right = Math.max(right, x + 1);
                    bottom = Math.max(bottom, y + 1);
                }
            }
            boxes.put(place, new Box(left, top, right - left, bottom - top));
        }
        return boxes;
    }

    private static boolean near(byte[] rgb, int at, Background ground) {
        for (int c = 0; c < 3; c++)
            if (Math.abs((rgb[at + c] & 255) - (ground.rgb >> (16 - 8 * c) & 255)) > NEAR) return false;
        return true;
    }

    /// Which of the gallery is most like what is drawn there.
    ///
    /// @param rgb 64 x 64, interleaved
    public Thing nearest(byte[] rgb, Place place) {
        return gallery.get(thumbnails.nearest(drawn(rgb, place)));
    }

    /// How many things of the gallery are nearer to what is drawn there than this one, plus one: 1 is
    /// recognised. By [Thumbnails] of the quarter.
    ///
    /// @param rgb 64 x 64, interleaved
    public int rank(byte[] rgb, Place place, Thing thing) {
        int own = gallery.indexOf(thing);
        if (own < 0) throw new IllegalArgumentException("not in the gallery: " + thing);
        return thumbnails.rank(drawn(rgb, place), own);
    }

    private static float[] drawn(byte[] rgb, Place place) {
        return Thumbnails.of(rgb, Scene.SIZE, place.left(), place.top(), Card.SIZE);
    }
}
