package dev.cm3leon.model.transformer;

import java.util.Locale;

/// What the decoder holds the weights of its projections in. Smaller ones are rounded when the model is opened, from
/// what the bundle has: in blocks of 32 inputs of an output, each with a scale, symmetric about 0. A model's pictures
/// depend on it, so it belongs to a bundle and its version, not to a service.
public enum Precision {
    FLOAT32(32),
    INT8(8),
    INT4(4);

    /// What the output head is held in where the rest is rounded.
    static final Precision HEAD = INT8;

    private final int bits;

    Precision(int bits) {
        this.bits = bits;
    }

    int bits() {
        return bits;
    }

    boolean isRounded() {
        return this != FLOAT32;
    }

    /// As `transformer/config.json` has it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
