package dev.cm3leon.trainer.avatars;

import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Identity.HairColour;
import dev.cm3leon.trainer.avatars.Identity.Skin;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Look.Clothes;
import dev.cm3leon.trainer.avatars.Look.ClothesColour;
import dev.cm3leon.trainer.avatars.Look.Eyes;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// An instruction to change one attribute, the portrait it is about, and the portrait it asks for.
public record Edit(String instruction, Attribute attribute, Portrait before, Portrait after) {

    /// What can be changed by an instruction.
    public static final Set<Attribute> ATTRIBUTES = EnumSet.of(
            Attribute.HAIR_COLOUR,
            Attribute.BEARD,
            Attribute.CLOTHES,
            Attribute.CLOTHES_COLOUR,
            Attribute.BACKGROUND,
            Attribute.EYES);

    /// A change of one attribute that can be seen, to a portrait that training may show.
    public static Edit random(Portrait before, RandomGenerator random) {
        while (true) {
            Attribute attribute = Options.pick(List.copyOf(ATTRIBUTES), random);
            Portrait after = changed(before, attribute, random);
            if (after.withheld()
                    || after.identity().heldOut() != before.identity().heldOut()) continue;
            boolean seen = attribute.index(before) >= 0
                    && attribute.index(after) >= 0
                    && attribute.index(before) != attribute.index(after);
            if (seen) return new Edit(instruction(attribute, after, random), attribute, before, after);
        }
    }

    /// Another skin, the rest as it is. Not among those of [#random], which the shipped models were trained on.
    public static Edit skin(Portrait before, RandomGenerator random) {
        while (true) {
            Identity i = before.identity();
            Skin skin = Options.pick(Skin.values(), random);
            var identity = new Identity(i.hair(), i.length(), i.hairColour(), skin, i.beard());
            var after = new Portrait(identity, before.look());
            if (skin == i.skin() || after.withheld() || identity.heldOut() != i.heldOut()) continue;
            return new Edit("Make the skin %s.".formatted(Attribute.word(skin)), Attribute.SKIN, before, after);
        }
    }

    /// Whether [#skin] finds another one.
    public static boolean hasOtherSkin(Portrait before) {
        Identity i = before.identity();
        return Arrays.stream(Skin.values())
                .filter(skin -> skin != i.skin())
                .map(skin -> new Identity(i.hair(), i.length(), i.hairColour(), skin, i.beard()))
                .anyMatch(identity ->
                        identity.heldOut() == i.heldOut() && !new Portrait(identity, before.look()).withheld());
    }

    private static Portrait changed(Portrait p, Attribute attribute, RandomGenerator random) {
        Identity i = p.identity();
        Look l = p.look();
        return switch (attribute) {
            case HAIR_COLOUR ->
                new Portrait(
                        new Identity(
                                i.hair(), i.length(), Options.pick(HairColour.values(), random), i.skin(), i.beard()),
                        l);
            case BEARD ->
                new Portrait(
                        new Identity(
                                i.hair(), i.length(), i.hairColour(), i.skin(), Options.pick(Beard.values(), random)),
                        l);
            case CLOTHES ->
                new Portrait(
                        i,
                        new Look(Options.pick(Clothes.values(), random), l.clothesColour(), l.background(), l.eyes()));
            case CLOTHES_COLOUR ->
                new Portrait(
                        i,
                        new Look(l.clothes(), Options.pick(ClothesColour.values(), random), l.background(), l.eyes()));
            case BACKGROUND ->
                new Portrait(
                        i,
                        new Look(l.clothes(), l.clothesColour(), Options.pick(Background.values(), random), l.eyes()));
            case EYES ->
                new Portrait(
                        i,
                        new Look(l.clothes(), l.clothesColour(), l.background(), Options.pick(Eyes.values(), random)));
            case HAIR, LENGTH, SKIN -> throw new IllegalArgumentException("no instruction changes " + attribute);
        };
    }

    private static String instruction(Attribute attribute, Portrait after, RandomGenerator random) {
        String value = attribute.options().get(attribute.index(after));
        Look look = after.look();
        boolean bald = after.identity().hair() == Hair.BALD;
        return switch (attribute) {
            case HAIR_COLOUR ->
                "Make the %s %s."
                        .formatted(
                                !bald ? "hair" : after.identity().beard() == Beard.MOUSTACHE ? "moustache" : "beard",
                                value);
            case BEARD ->
                switch (after.identity().beard()) {
                    case NONE -> Options.pick(List.of("Remove the beard.", "Shave the beard off."), random);
                    case MOUSTACHE -> "Give the person a moustache.";
                    case FULL, LONG -> "Give the person a %s beard.".formatted(value);
                };
            case CLOTHES ->
                "Change the clothes to %s%s.".formatted(look.clothes() == Clothes.DUNGAREES ? "" : "a ", value);
            case CLOTHES_COLOUR -> "Make the %s %s.".formatted(Attribute.word(look.clothes()), value);
            case BACKGROUND ->
                Options.pick(List.of("Make the background %s.", "Change the background to %s."), random)
                        .formatted(value);
            case EYES ->
                switch (look.eyes()) {
                    case OPEN -> "Open the eyes.";
                    case CLOSED -> "Close the eyes.";
                    case GLASSES, SUNGLASSES -> "Put on %s.".formatted(value);
                };
            case HAIR, LENGTH, SKIN -> throw new IllegalArgumentException("no instruction changes " + attribute);
        };
    }
}
