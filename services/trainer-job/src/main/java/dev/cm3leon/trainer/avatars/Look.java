package dev.cm3leon.trainer.avatars;

import java.util.random.RandomGenerator;

/// What a picture of a character is free to change.
public record Look(Clothes clothes, ClothesColour clothesColour, Background background, Eyes eyes) {

    public enum Clothes {
        T_SHIRT,
        STRIPED_SHIRT,
        JACKET,
        DUNGAREES,
        TANK_TOP
    }

    public enum ClothesColour {
        RED(0xd32f2f),
        ORANGE(0xf57c00),
        YELLOW(0xfdd835),
        GREEN(0x2e8b3d),
        BLUE(0x1f56c4),
        PURPLE(0x8e24aa),
        BLACK(0x222226);

        public final int rgb;

        ClothesColour(int rgb) {
            this.rgb = rgb;
        }
    }

    public enum Background {
        WHITE(0xffffff),
        GREY(0x9c9ca2),
        PINK(0xf8b4d0),
        BLUE(0xaad4f5),
        GREEN(0xa5dfaf),
        YELLOW(0xfbe08a),
        PURPLE(0xc3b1f0);

        public final int rgb;

        Background(int rgb) {
            this.rgb = rgb;
        }
    }

    public enum Eyes {
        OPEN,
        CLOSED,
        GLASSES,
        SUNGLASSES
    }

    public static Look random(RandomGenerator random) {
        return new Look(
                Options.pick(Clothes.values(), random),
                Options.pick(ClothesColour.values(), random),
                Options.pick(Background.values(), random),
                Options.pick(Eyes.values(), random));
    }
}
