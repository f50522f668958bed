package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Identity.HairColour;
import dev.cm3leon.trainer.avatars.Identity.Length;
import dev.cm3leon.trainer.avatars.Identity.Skin;
import dev.cm3leon.trainer.avatars.Look;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Look.Clothes;
import dev.cm3leon.trainer.avatars.Look.ClothesColour;
import dev.cm3leon.trainer.avatars.Look.Eyes;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Place;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneRuler;
import dev.cm3leon.trainer.scenes.Thing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What an ideal model understands: what a picture shows that was drawn here, and what a prompt asks for that names
/// everything.
final class Seen {

    private static final int COVER = 0x56616c; // of the half that a document does not show
    private static final Portrait PLAIN = new Portrait(
            new Identity(Hair.SPIKY, Length.SHORT, HairColour.BROWN, Skin.PALE, Beard.NONE),
            new Look(Clothes.T_SHIRT, ClothesColour.RED, Background.WHITE, Eyes.OPEN));

    private static final Map<ByteBuffer, Portrait> PORTRAITS = new ConcurrentHashMap<>();
    private static final Map<ByteBuffer, Scene> SCENES = new ConcurrentHashMap<>();

    private Seen() {}

    static Portrait portrait(byte[] rgb) {
        return PORTRAITS.computeIfAbsent(
                ByteBuffer.wrap(rgb), _ -> portraits(List.of(rgb)).getFirst());
    }

    /// Pictures of one character, each perhaps of a half: the portraits whose renders differ least from them, one group
    /// of attributes after the other until none can be bettered.
    static List<Portrait> portraits(List<byte[]> pictures) {
        List<Portrait> best = new ArrayList<>(Collections.nCopies(pictures.size(), PLAIN));
        for (List<Portrait> before = List.of(); !before.equals(best); ) {
            before = List.copyOf(best);
            for (var identities : IDENTITIES) {
                Identity identity = nearest(identities.apply(best.getFirst().identity()), one -> {
                    long sum = 0;
                    for (int i = 0; i < pictures.size(); i++)
                        sum += distance(new Portrait(one, best.get(i).look()), pictures.get(i));
                    return sum;
                });
                best.replaceAll(portrait -> new Portrait(identity, portrait.look()));
            }
            for (int i = 0; i < pictures.size(); i++) {
                byte[] picture = pictures.get(i);
                for (var looks : LOOKS) {
                    Identity identity = best.get(i).identity();
                    Look look = nearest(
                            looks.apply(best.get(i).look()), one -> distance(new Portrait(identity, one), picture));
                    best.set(i, new Portrait(identity, look));
                }
            }
        }
        return best;
    }

    private static final List<Function<Identity, Stream<Identity>>> IDENTITIES = List.of(
            i -> Stream.of(Skin.values())
                    .map(skin -> new Identity(i.hair(), i.length(), i.hairColour(), skin, i.beard())),
            i -> Stream.of(Hair.values())
                    .flatMap(hair -> Stream.of(Length.values()).flatMap(length -> Stream.of(HairColour.values())
                            .map(colour -> new Identity(hair, length, colour, i.skin(), i.beard())))),
            i -> Stream.of(Beard.values()).flatMap(beard -> Stream.of(HairColour.values())
                    .map(colour -> new Identity(i.hair(), i.length(), colour, i.skin(), beard))));

    private static final List<Function<Look, Stream<Look>>> LOOKS = List.of(
            l -> Stream.of(Background.values()).map(one -> new Look(l.clothes(), l.clothesColour(), one, l.eyes())),
            l -> Stream.of(Clothes.values()).flatMap(clothes -> Stream.of(ClothesColour.values())
                    .map(colour -> new Look(clothes, colour, l.background(), l.eyes()))),
            l -> Stream.of(Eyes.values()).map(one -> new Look(l.clothes(), l.clothesColour(), l.background(), one)));

    private static <T> T nearest(Stream<T> all, ToLongFunction<T> distance) {
        T best = null;
        long least = Long.MAX_VALUE;
        for (T one : all.toList()) {
            long far = distance.applyAsLong(one);
            if (far < least) {
                least = far;
                best = one;
            }
        }
        return best;
    }

    private static long distance(Portrait portrait, byte[] rgb) {
        byte[] drawn = Avatars.draw(portrait);
        long sum = 0;
        for (int i = 0; i < rgb.length; i += 3) {
            if (((rgb[i] & 255) << 16 | (rgb[i + 1] & 255) << 8 | rgb[i + 2] & 255) == COVER) continue;
            for (int c = i; c < i + 3; c++) sum += Math.abs((rgb[c] & 255) - (drawn[c] & 255));
        }
        return sum;
    }

    /// What a caption asks for that names everything.
    static Portrait portrait(String caption) {
        String text = caption.toLowerCase(Locale.ROOT);
        Beard beard = text.contains("moustache")
                ? Beard.MOUSTACHE
                : text.contains("long beard") || text.matches(".*long \\S+ beard.*")
                        ? Beard.LONG
                        : text.matches(".*full (\\S+ )?beard.*") ? Beard.FULL : Beard.NONE;
        Skin skin = option(Skin.values(), Attribute.SKIN, find("(\\S+) skin", text));
        if (text.matches(".*\\b(bald|no hair)\\b.*")) {
            HairColour colour = beard == Beard.NONE
                    ? HairColour.BROWN
                    : option(HairColour.values(), Attribute.HAIR_COLOUR, find("(\\S+) (?:beard|moustache)", text));
            return new Portrait(new Identity(Hair.BALD, Length.SHORT, colour, skin, beard), look(caption));
        }
        String words = find("((?:\\S+ ){2,3}(?:hair in a bun|hair|mohawk))", text);
        return new Portrait(
                new Identity(
                        option(Hair.values(), Attribute.HAIR, words),
                        option(Length.values(), Attribute.LENGTH, words),
                        option(HairColour.values(), Attribute.HAIR_COLOUR, words),
                        skin,
                        beard),
                look(caption));
    }

    /// What a prompt for a named character asks for.
    static Look look(String prompt) {
        String text = prompt.toLowerCase(Locale.ROOT);
        String clothes = find("(\\S+ (?:t-shirt|striped shirt|jacket|dungarees|tank top))", text);
        return new Look(
                option(Clothes.values(), Attribute.CLOTHES, clothes),
                option(ClothesColour.values(), Attribute.CLOTHES_COLOUR, clothes),
                ground(text),
                option(
                        Eyes.values(),
                        Attribute.EYES,
                        find("\\b((?:open|closed) eyes|eyes (?:open|closed)|(?:sun)?glasses)", text)));
    }

    static Background ground(String text) {
        return option(Background.values(), Attribute.BACKGROUND, find("(\\S+) background", text));
    }

    private static <T> T option(T[] values, Attribute attribute, String words) {
        for (int i = 0; i < values.length; i++)
            if ((" " + words + " ").contains(" " + attribute.options().get(i) + " ")) return values[i];
        throw new IllegalArgumentException("no " + attribute + " in " + words);
    }

    private static String find(String pattern, String text) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        if (!found.find()) throw new IllegalArgumentException("no " + pattern + " in " + text);
        return found.group(1);
    }

    /// Things as they are; of twins in one style the first one.
    static Scene scene(byte[] rgb) {
        return SCENES.computeIfAbsent(ByteBuffer.wrap(rgb), _ -> looked(rgb));
    }

    private static Scene looked(byte[] rgb) {
        SceneRuler.Reading reading = SceneRuler.read(rgb);
        Map<Place, Card> cards = new EnumMap<>(Place.class);
        for (Place place : reading.taken())
            cards.put(
                    place,
                    Stream.of(Thing.Split.TEST, Thing.Split.TRAIN)
                            .flatMap(split -> split.things().stream())
                            .map(Card::of)
                            .filter(card -> isAt(place, rgb, new Scene(Map.of(place, card), reading.ground()).draw()))
                            .findFirst()
                            .orElseThrow());
        return new Scene(cards, reading.ground());
    }

    static Card card(byte[] rgb) {
        return scene(rgb).cards().values().iterator().next();
    }

    private static boolean isAt(Place place, byte[] rgb, byte[] drawn) {
        for (int y = place.top(); y < place.top() + Card.SIZE; y++)
            for (int i = 3 * (y * Scene.SIZE + place.left()); i < 3 * (y * Scene.SIZE + place.left() + Card.SIZE); i++)
                if (rgb[i] != drawn[i]) return false;
        return true;
    }

    /// The ground and the places that a prompt names, in that order with these cards.
    static Scene scene(String prompt, List<Card> cards) {
        Map<Place, Card> placed = new EnumMap<>(Place.class);
        Matcher place = Pattern.compile("(top|bottom) (left|right)").matcher(prompt);
        for (Card card : cards)
            if (place.find())
                placed.put(Place.valueOf(place.group().replace(' ', '_').toUpperCase(Locale.ROOT)), card);
        return new Scene(placed, ground(prompt));
    }
}
