package dev.cm3leon.trainer.scenes;

/// Where a card can stand: the four quarters of a picture.
public enum Place {
    TOP_LEFT,
    TOP_RIGHT,
    BOTTOM_LEFT,
    BOTTOM_RIGHT;

    public int left() {
        return ordinal() % 2 * Card.SIZE;
    }

    public int top() {
        return ordinal() / 2 * Card.SIZE;
    }

    /// E.g. `top left`.
    public String words() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
