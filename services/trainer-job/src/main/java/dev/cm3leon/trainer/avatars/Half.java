package dev.cm3leon.trainer.avatars;

/// Half of a portrait, the other covered: a document that shows one part of an identity. Hair is in the upper half;
/// beard, the ends of long hair and clothes are in the lower one; skin in both.
public enum Half {
    UPPER,
    LOWER;

    private static final int COVER = 0x56616c;

    /// The picture of [Avatars#draw] with its other half covered.
    public byte[] of(byte[] rgb) {
        byte[] half = rgb.clone();
        int middle = rgb.length / 2;
        int from = this == UPPER ? middle : 0;
        for (int i = from; i < from + middle; i++) half[i] = (byte) (COVER >> (16 - 8 * (i % 3)));
        return half;
    }
}
