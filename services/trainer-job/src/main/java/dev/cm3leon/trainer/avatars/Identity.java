package dev.cm3leon.trainer.avatars;

import java.util.random.RandomGenerator;

/// What stays the same in every picture of a character.
///
/// What cannot be seen has one fixed value, so that two identities that look alike are equal: a bald head has no hair
/// length, and without a beard no hair colour.
public record Identity(Hair hair, Length length, HairColour hairColour, Skin skin, Beard beard) {

    public enum Hair {
        SPIKY,
        PARTED,
        CURLY,
        BUN,
        MOHAWK,
        BALD
    }

    public enum Length {
        SHORT,
        SHOULDER,
        LONG
    }

    public enum HairColour {
        BLACK(0x101014),
        BROWN(0x8f4c12),
        BLOND(0xf0c435),
        RED(0xe2501a),
        WHITE(0xf4f4f4),
        BLUE(0x2f6fe0),
        PINK(0xec5aa5);

        final int rgb;

        HairColour(int rgb) {
            this.rgb = rgb;
        }
    }

    public enum Skin {
        PALE(0xfae3d4),
        TAN(0xe3b384),
        BROWN(0xb67c52),
        DARK(0x543428);

        final int rgb;

        Skin(int rgb) {
            this.rgb = rgb;
        }
    }

    public enum Beard {
        NONE,
        MOUSTACHE,
        FULL,
        LONG
    }

    public Identity {
        if (hair == Hair.BALD) {
            length = Length.SHORT;
            if (beard == Beard.NONE) hairColour = HairColour.BROWN;
        }
    }

    public static Identity random(RandomGenerator random) {
        return new Identity(
                Options.pick(Hair.values(), random),
                Options.pick(Length.values(), random),
                Options.pick(HairColour.values(), random),
                Options.pick(Skin.values(), random),
                Options.pick(Beard.values(), random));
    }

    /// Whether the character itself shows a pair of options that training never shows together.
    public boolean withheld() {
        return hair == Hair.BUN && beard == Beard.LONG || hairColour == HairColour.PINK && skin == Skin.DARK;
    }

    /// Whether this character is kept out of training: 6 % of all, chosen by a fixed hash.
    public boolean heldOut() {
        int hash = 17;
        for (Enum<?> option : new Enum<?>[] {hair, length, hairColour, skin, beard}) {
            hash = Options.mix(hash * 31 + option.name().hashCode());
        }
        return Integer.remainderUnsigned(hash, 100) < 6;
    }
}
