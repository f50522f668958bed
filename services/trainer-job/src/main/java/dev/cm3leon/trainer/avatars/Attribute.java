package dev.cm3leon.trainer.avatars;

import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Identity.HairColour;
import dev.cm3leon.trainer.avatars.Identity.Length;
import dev.cm3leon.trainer.avatars.Identity.Skin;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Look.Clothes;
import dev.cm3leon.trainer.avatars.Look.ClothesColour;
import dev.cm3leon.trainer.avatars.Look.Eyes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// The nine things that can be asked about a portrait, for scoring. The first five are fixed for a character.
public enum Attribute {
    HAIR(Hair.values(), p -> p.identity().hair()),
    LENGTH(Length.values(), p -> p.identity().length()),
    HAIR_COLOUR(HairColour.values(), p -> p.identity().hairColour()),
    SKIN(Skin.values(), p -> p.identity().skin()),
    BEARD(Beard.values(), p -> p.identity().beard()),
    CLOTHES(Clothes.values(), p -> p.look().clothes()),
    CLOTHES_COLOUR(ClothesColour.values(), p -> p.look().clothesColour()),
    BACKGROUND(Background.values(), p -> p.look().background()),
    EYES(Eyes.values(), p -> p.look().eyes());

    private final List<String> options;
    private final Function<Portrait, Enum<?>> value;

    Attribute(Enum<?>[] options, Function<Portrait, Enum<?>> value) {
        this.options = Arrays.stream(options).map(Attribute::word).toList();
        this.value = value;
    }

    /// The words for the values, such as `t-shirt` or `blue`, in the order of the indices of [#index].
    public List<String> options() {
        return options;
    }

    /// Accuracy of a uniform guess.
    public double chance() {
        return 1.0 / options.size();
    }

    /// Whether it belongs to the identity of a character.
    public boolean fixed() {
        return ordinal() <= BEARD.ordinal();
    }

    /// The value that the portrait shows, as an index into the options, or -1 where it cannot be seen.
    public int index(Portrait portrait) {
        Identity identity = portrait.identity();
        boolean hidden = identity.hair() == Hair.BALD
                && (this == LENGTH || this == HAIR_COLOUR && identity.beard() == Beard.NONE);
        return hidden ? -1 : value.apply(portrait).ordinal();
    }

    static String word(Enum<?> option) {
        if (option == Clothes.T_SHIRT) return "t-shirt";
        if (option == Length.SHOULDER) return "shoulder-length";
        return option.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
