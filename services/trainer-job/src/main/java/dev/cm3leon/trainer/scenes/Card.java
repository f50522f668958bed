package dev.cm3leon.trainer.scenes;

import dev.cm3leon.trainer.avatars.Options;
import java.util.List;
import java.util.random.RandomGenerator;

/// A thing as it is drawn: the identity that a name stands for. Other colours, a mirror image and a small shift
/// make many identities of one thing, so there is nothing to remember and everything to copy.
///
/// @param colours 0: as it is; 1 to 5: its red, green and blue in another order
/// @param right pixels from the left edge of the card, 0 to 2
/// @param down pixels from its upper edge, 0 to 2
public record Card(Thing thing, int colours, boolean mirrored, int right, int down) {

    /// Width and height in pixels: four cells of the tokenizer.
    public static final int SIZE = 32;

    private static final int[][] ORDERS = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    private static final int SLACK = SIZE - Thing.SIZE;

    public Card {
        if (colours < 0 || colours >= ORDERS.length)
            throw new IllegalArgumentException("need 0 <= colours < " + ORDERS.length + ", got " + colours);
        if (right < 0 || right > SLACK || down < 0 || down > SLACK)
            throw new IllegalArgumentException("need 0 <= right, down <= " + SLACK + ", got " + right + " and " + down);
    }

    /// The thing as it is, in the middle.
    public static Card of(Thing thing) {
        return new Card(thing, 0, false, SLACK / 2, SLACK / 2);
    }

    /// Some thing in any colours.
    public static Card random(List<Thing> things, RandomGenerator random) {
        Thing thing = Options.pick(things, random);
        return new Card(
                thing,
                random.nextBoolean() ? 0 : random.nextInt(ORDERS.length),
                random.nextBoolean(),
                random.nextInt(SLACK + 1),
                random.nextInt(SLACK + 1));
    }

    /// Whether its label says what it shows.
    public boolean plain() {
        return colours == 0;
    }

    /// Draws it on a white card with its left upper corner at this pixel.
    void draw(byte[] canvas, int width, int left, int top) {
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                int u = x - right, v = y - down;
                boolean inside = u >= 0 && v >= 0 && u < Thing.SIZE && v < Thing.SIZE;
                int from = 3 * (v * Thing.SIZE + (mirrored ? Thing.SIZE - 1 - u : u));
                int to = 3 * ((top + y) * width + left + x);
                for (int c = 0; c < 3; c++)
                    canvas[to + c] = inside ? thing.rgb()[from + ORDERS[colours][c]] : (byte) 255;
            }
        }
    }
}
