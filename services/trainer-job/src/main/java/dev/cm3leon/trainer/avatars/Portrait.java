package dev.cm3leon.trainer.avatars;

import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Identity.HairColour;
import dev.cm3leon.trainer.avatars.Identity.Length;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Look.Clothes;
import dev.cm3leon.trainer.avatars.Look.ClothesColour;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// One picture of one character.
public record Portrait(Identity identity, Look look) {

    /// Any portrait, every option equally likely.
    public static Portrait random(RandomGenerator random) {
        return new Portrait(Identity.random(random), Look.random(random));
    }

    /// A portrait that training may show: no withheld pair, no held-out character.
    public static Portrait forTraining(RandomGenerator random) {
        while (true) {
            Portrait portrait = random(random);
            if (!portrait.withheld() && !portrait.identity.heldOut()) return portrait;
        }
    }

    /// A portrait of a character that training never draws, with no withheld pair.
    public static Portrait stranger(RandomGenerator random) {
        while (true) {
            Portrait portrait = random(random);
            if (!portrait.withheld() && portrait.identity.heldOut()) return portrait;
        }
    }

    /// Another picture of the same character that shows no withheld pair.
    public Portrait again(RandomGenerator random) {
        if (identity.withheld()) throw new IllegalArgumentException("every picture is withheld of " + identity);
        while (true) {
            Portrait other = new Portrait(identity, Look.random(random));
            if (!other.withheld()) return other;
        }
    }

    /// Whether the picture shows one of the seven pairs of options that training never shows together.
    public boolean withheld() {
        return identity.withheld()
                || identity.hair() == Hair.SPIKY && look.background() == Background.GREEN
                || identity.hairColour() == HairColour.BLUE && look.clothesColour() == ClothesColour.YELLOW
                || look.clothes() == Clothes.DUNGAREES && look.clothesColour() == ClothesColour.PURPLE
                || identity.beard() == Beard.FULL && look.background() == Background.YELLOW
                || identity.hair() != Hair.BALD
                        && identity.length() == Length.LONG
                        && look.clothes() == Clothes.TANK_TOP;
    }

    /// What can be seen, in words.
    public Map<Attribute, String> values() {
        Map<Attribute, String> values = new EnumMap<>(Attribute.class);
        for (Attribute attribute : Attribute.values()) {
            int index = attribute.index(this);
            if (index >= 0) values.put(attribute, attribute.options().get(index));
        }
        return values;
    }
}
