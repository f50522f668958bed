package dev.cm3leon.trainer.avatars;

import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Look.Clothes;
import dev.cm3leon.trainer.avatars.Look.Eyes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// What people would write about a portrait.
///
/// Open eyes and a missing beard are often left unsaid, and a caption may leave out more; nothing that it
/// says is wrong.
public final class Captions {
    private static final double DROPPED = 0.15;

    /// Kinds of [#checks].
    public static final int CHECKS = 6;

    private Captions() {}

    /// A caption in one of many forms. Each attribute is left out now and then.
    public static String of(Portrait portrait, RandomGenerator random) {
        String caption = describe(portrait, DROPPED, random);
        return random.nextDouble() < 0.12 ? american(caption) : caption;
    }

    /// A caption in one of many forms that names everything that can be seen.
    public static String complete(Portrait portrait, RandomGenerator random) {
        return describe(portrait, 0, random);
    }

    /// The one full sentence of a portrait, in fixed order: what captioning should answer. [#read] reads it.
    public static String canonical(Portrait portrait) {
        Identity i = portrait.identity();
        Look look = portrait.look();
        List<String> parts = new ArrayList<>();
        if (i.hair() != Hair.BALD) parts.add(hair(i, true));
        parts.add(word(i.skin()) + " skin");
        parts.add(beard(i, true));
        parts.add(eyes(look.eyes()));
        return "a %sperson with %s and %s on a %s background"
                .formatted(
                        i.hair() == Hair.BALD ? "bald " : "",
                        String.join(", ", parts),
                        clothes(look, true),
                        word(look.background()));
    }

    /// Several sentences that say everything that can be seen.
    public static String paragraph(Portrait portrait) {
        Identity i = portrait.identity();
        Look look = portrait.look();
        return "The person has %s and %s skin, with %s. The eyes: %s. The person wears %s. The background is %s."
                .formatted(
                        i.hair() == Hair.BALD ? "no hair" : hair(i, true),
                        word(i.skin()),
                        beard(i, true),
                        eyes(look.eyes()),
                        clothes(look, true),
                        word(look.background()));
    }

    /// The attributes that a sentence in the form of [#canonical] names; one that it does not name is missing.
    public static Map<Attribute, String> read(String canonical) {
        Map<Attribute, String> read = new EnumMap<>(Attribute.class);
        if (canonical.contains("bald ")) read.put(Attribute.HAIR, word(Hair.BALD));
        find(read, canonical, "(\\S+) (\\S+) (\\S+) hair", Attribute.LENGTH, Attribute.HAIR, Attribute.HAIR_COLOUR);
        find(read, canonical, "(\\S+) (\\S+) hair in a (bun)", Attribute.LENGTH, Attribute.HAIR_COLOUR, Attribute.HAIR);
        find(read, canonical, "(\\S+) (\\S+) (mohawk)", Attribute.LENGTH, Attribute.HAIR_COLOUR, Attribute.HAIR);
        find(read, canonical, "(\\S+) skin", Attribute.SKIN);
        find(read, canonical, "(\\S+) (moustache)", Attribute.HAIR_COLOUR, Attribute.BEARD);
        find(read, canonical, "(full|long) (\\S+) beard", Attribute.BEARD, Attribute.HAIR_COLOUR);
        find(read, canonical, "(full|long) beard", Attribute.BEARD);
        find(read, canonical, "(moustache)", Attribute.BEARD);
        if (canonical.contains("no beard")) read.put(Attribute.BEARD, word(Beard.NONE));
        find(read, canonical, "(open|closed) eyes", Attribute.EYES);
        find(read, canonical, "\\b(glasses|sunglasses)\\b", Attribute.EYES);
        find(
                read,
                canonical,
                "(\\S+) (t-shirt|jacket|dungarees|tank top|striped shirt)",
                Attribute.CLOTHES_COLOUR,
                Attribute.CLOTHES);
        find(read, canonical, "(\\S+) background", Attribute.BACKGROUND);
        return read;
    }

    /// A request for a named character: only what a picture is free to change.
    public static String named(String name, Portrait portrait, RandomGenerator random) {
        return named(name, portrait, 0.1, random);
    }

    /// The same that leaves nothing out.
    public static String complete(String name, Portrait portrait, RandomGenerator random) {
        return named(name, portrait, 0, random);
    }

    /// The caption of a picture of a named character in a memory bank; now and then the name alone.
    public static String document(String name, Portrait portrait, RandomGenerator random) {
        return random.nextDouble() < 0.15 ? name : complete(name, portrait, random);
    }

    /// The plainest full caption of a picture of a named character.
    public static String caption(String name, Portrait portrait) {
        Look look = portrait.look();
        return "%s in %s on a %s background, with %s"
                .formatted(name, clothes(look, true), word(look.background()), eyes(look.eyes()));
    }

    /// A question about a portrait and its short answer.
    public record QuestionAnswer(String question, String answer) {
        /// Whether it is answered by yes or no.
        public boolean isCheck() {
            return answer.equals("yes") || answer.equals("no");
        }
    }

    /// A question that is answered by yes or no.
    ///
    /// @param value which of the values of its kind is asked for, from 0
    /// @param reason what can be seen that makes it the answer, as a sentence
    public record Check(String question, int value, boolean yes, String reason) {
        /// @param seen a sentence without its full stop
        /// @param instead of what is asked for, in the words that would follow there
        public static Check of(String question, int value, boolean yes, String seen, String instead) {
            return new Check(question, value, yes, seen + (yes ? "." : ", not " + instead + "."));
        }

        public QuestionAnswer asked() {
            return new QuestionAnswer(question, yes ? "yes" : "no");
        }
    }

    /// One question of each kind that fits the portrait. Yes and no are equally likely in each.
    public static List<QuestionAnswer> questions(Portrait portrait, RandomGenerator random) {
        Identity i = portrait.identity();
        Look look = portrait.look();
        List<QuestionAnswer> all = new ArrayList<>();
        boolean bald = i.hair() == Hair.BALD;

        if (!bald) {
            all.add(new QuestionAnswer("What colour is the hair?", word(i.hairColour())));
            all.add(new QuestionAnswer("How long is the hair?", word(i.length())));
        }
        if (i.beard() != Beard.NONE) {
            String kind = i.beard() == Beard.MOUSTACHE ? "moustache" : "beard";
            all.add(new QuestionAnswer("What colour is the " + kind + "?", word(i.hairColour())));
        }
        all.add(new QuestionAnswer("What kind of hair is it?", word(i.hair())));
        all.add(new QuestionAnswer("What kind of beard is it?", word(i.beard())));
        all.add(new QuestionAnswer("What colour is the skin?", word(i.skin())));
        all.add(new QuestionAnswer("What does the person wear?", clothes(look, true)));
        all.add(new QuestionAnswer(
                "What colour %s the %s?".formatted(plural(look.clothes()) ? "are" : "is", word(look.clothes())),
                word(look.clothesColour())));
        all.add(new QuestionAnswer("What colour is the background?", word(look.background())));
        all.add(new QuestionAnswer(
                "What are the eyes like?",
                switch (look.eyes()) {
                    case OPEN, CLOSED -> word(look.eyes());
                    case GLASSES, SUNGLASSES -> "behind " + word(look.eyes());
                }));

        checked(portrait, random).forEach(check -> all.add(check.asked()));
        if (random.nextInt(5) == 0) {
            all.replaceAll(qa -> new QuestionAnswer(american(qa.question()), qa.answer()));
        }
        return List.copyOf(all);
    }

    /// Those of [#questions] that are answered by yes or no, one of each kind; the last, the colour of hair, not
    /// where there is none.
    public static List<Check> checks(Portrait portrait, RandomGenerator random) {
        List<Check> all = checked(portrait, random);
        if (random.nextInt(5) > 0) return all;
        return all.stream()
                .map(one -> new Check(american(one.question()), one.value(), one.yes(), one.reason()))
                .toList();
    }

    private static List<Check> checked(Portrait portrait, RandomGenerator random) {
        Identity i = portrait.identity();
        Look look = portrait.look();
        Map<Attribute, String> values = portrait.values();
        boolean bald = i.hair() == Hair.BALD;
        List<Check> all = new ArrayList<>();

        String hair = asked(Attribute.HAIR, values, random);
        String kind = hair.equals("bald") ? hair : hairKind(hair);
        all.add(Check.of(
                hair.equals("bald") ? "Is the person bald?" : "Does the person have " + kind + "?",
                Attribute.HAIR.options().indexOf(hair),
                hair.equals(word(i.hair())),
                bald ? "The person is bald" : "The person has " + hairKind(word(i.hair())),
                kind));
        boolean bearded = i.beard() == Beard.FULL || i.beard() == Beard.LONG;
        all.add(Check.of("Does the person have a beard?", 0, bearded, "The person has " + beard(i, true), "a beard"));
        String clothes = asked(Attribute.CLOTHES, values, random);
        String worn = clothes.equals("dungarees") ? clothes : "a " + clothes;
        all.add(Check.of(
                "Does the person wear " + worn + "?",
                Attribute.CLOTHES.options().indexOf(clothes),
                clothes.equals(word(look.clothes())),
                "The person wears " + clothes(look, true),
                worn));
        String background = asked(Attribute.BACKGROUND, values, random);
        all.add(Check.of(
                "Is the background " + background + "?",
                Attribute.BACKGROUND.options().indexOf(background),
                background.equals(word(look.background())),
                "The background is " + word(look.background()),
                background));
        String eyes = asked(Attribute.EYES, values, random);
        all.add(Check.of(
                bare(eyes) ? "Are the eyes " + eyes + "?" : "Does the person wear " + eyes + "?",
                Attribute.EYES.options().indexOf(eyes),
                eyes.equals(word(look.eyes())),
                (bare(word(look.eyes())) ? "The eyes are " : "The person wears ") + word(look.eyes()),
                eyes));
        if (values.containsKey(Attribute.HAIR_COLOUR) && !bald) {
            String colour = asked(Attribute.HAIR_COLOUR, values, random);
            all.add(Check.of(
                    "Is the hair " + colour + "?",
                    Attribute.HAIR_COLOUR.options().indexOf(colour),
                    colour.equals(word(i.hairColour())),
                    "The hair is " + word(i.hairColour()),
                    colour));
        }
        return List.copyOf(all);
    }

    /// Whether nothing is worn over such eyes.
    private static boolean bare(String eyes) {
        return eyes.equals(word(Eyes.OPEN)) || eyes.equals(word(Eyes.CLOSED));
    }

    private static String describe(Portrait portrait, double dropped, RandomGenerator random) {
        Identity i = portrait.identity();
        Look look = portrait.look();
        boolean bald = i.hair() == Hair.BALD;
        boolean list = random.nextDouble() < 0.35;

        List<String> features = new ArrayList<>();
        boolean saysBald = bald && random.nextDouble() >= dropped;
        if (bald && saysBald && (list || random.nextBoolean())) {
            features.add(list ? Options.pick(List.of("bald", "bald head", "no hair"), random) : "a bald head");
            saysBald = false;
        } else if (!bald && random.nextDouble() >= dropped) {
            features.add(hair(i, list, dropped, random));
        }
        if (random.nextDouble() >= dropped) features.add(word(i.skin()) + " skin");
        if (random.nextDouble() >= dropped) {
            boolean unsaid = i.beard() == Beard.NONE && dropped > 0 && random.nextBoolean();
            if (!unsaid) features.add(beard(i, !list));
        }
        boolean saysEyes = random.nextDouble() >= dropped;
        if (saysEyes && !(look.eyes() == Eyes.OPEN && dropped > 0 && random.nextBoolean())) {
            features.add(eyes(look.eyes()));
        }
        boolean saysClothes = random.nextDouble() >= dropped;
        String background = random.nextDouble() < dropped ? "" : word(look.background());
        Options.shuffle(features, random);

        String caption;
        if (list) {
            if (saysBald) features.add("bald");
            if (saysClothes) features.add(clothes(look, false));
            if (!background.isEmpty()) features.add(background + " background");
            Options.shuffle(features, random);
            if (features.isEmpty()) features.add("a person");
            caption = String.join(", ", features);
        } else {
            String subject = subject(i, saysBald, random);
            boolean before = !background.isEmpty() && random.nextDouble() < 0.1;
            String behind = background.isEmpty() || before
                    ? ""
                    : Options.pick(
                                    List.of(" on a ", " on a ", " on a ", ", on a ", " against a ", " in front of a "),
                                    random)
                            + background + " background";
            String worn = clothes(look, true);
            String body;
            switch (saysClothes ? random.nextInt(4) : 4) {
                case 0 -> body = subject + " in " + worn + with(features);
                case 1 -> body = subject + with(features) + (features.isEmpty() ? "" : ",") + " wearing " + worn;
                case 2 -> {
                    features.add(random.nextInt(features.size() + 1), worn);
                    body = subject + with(features);
                }
                case 3 -> {
                    features.add(worn);
                    body = subject + with(features);
                }
                default -> body = subject + with(features);
            }
            caption = before ? "on a " + background + " background, " + body : body + behind;
        }
        return dressed(caption, random);
    }

    private static String named(String name, Portrait portrait, double dropped, RandomGenerator random) {
        Look look = portrait.look();
        boolean saysEyes = random.nextDouble() >= dropped
                && !(look.eyes() == Eyes.OPEN && dropped > 0 && random.nextDouble() < 0.3);
        boolean saysClothes = random.nextDouble() >= dropped;
        boolean saysBackground = random.nextDouble() >= dropped;
        String background = word(look.background()) + " background";
        if (random.nextDouble() < 0.35) {
            List<String> parts = new ArrayList<>();
            if (saysEyes) parts.add(eyes(look.eyes()));
            if (saysClothes) parts.add(clothes(look, false));
            if (saysBackground) parts.add(background);
            Options.shuffle(parts, random);
            parts.add(0, name);
            return String.join(", ", parts);
        }
        StringBuilder text = new StringBuilder();
        if (random.nextDouble() < 0.15) {
            text.append(
                    Options.pick(List.of("a portrait of ", "a picture of ", "portrait of ", "a drawing of "), random));
        }
        text.append(name);
        boolean eyesLast = random.nextBoolean();
        if (saysEyes && !eyesLast) text.append(" with ").append(eyes(look.eyes()));
        if (saysClothes) {
            text.append(Options.pick(List.of(" in ", " in ", " wearing "), random))
                    .append(clothes(look, true));
        }
        if (saysBackground) {
            text.append(Options.pick(
                            List.of(" on a ", " on a ", " on a ", ", on a ", " against a ", " in front of a "), random))
                    .append(background);
        }
        if (saysEyes && eyesLast) {
            boolean pair = look.eyes() == Eyes.OPEN || look.eyes() == Eyes.CLOSED;
            text.append(pair && random.nextBoolean() ? ", eyes " + word(look.eyes()) : ", with " + eyes(look.eyes()));
        }
        return text.toString();
    }

    private static String subject(Identity i, boolean bald, RandomGenerator random) {
        List<String> who = new ArrayList<>(List.of("person", "person", "person", "person", "character"));
        who.add(i.beard() == Beard.NONE ? "woman" : "man");
        if (random.nextBoolean()) who.add("man");
        String person = (bald ? "a bald " : "a ") + Options.pick(who, random);
        if (!bald && random.nextDouble() < 0.12) person = "someone";
        return Options.pick(
                        List.of("", "", "", "", "a portrait of ", "portrait of ", "a picture of ", "a drawing of "),
                        random)
                + person;
    }

    private static String with(List<String> features) {
        if (features.isEmpty()) return "";
        if (features.size() == 1) return " with " + features.getFirst();
        return " with " + String.join(", ", features.subList(0, features.size() - 1)) + " and " + features.getLast();
    }

    private static String hair(Identity i, boolean article) {
        String colour = word(i.hairColour()), length = word(i.length());
        return switch (i.hair()) {
            case BUN -> "%s %s hair in a bun".formatted(length, colour);
            case MOHAWK -> "%s%s %s mohawk".formatted(article ? "a " : "", length, colour);
            default -> "%s %s %s hair".formatted(length, word(i.hair()), colour);
        };
    }

    /// Style, colour and length in any order; the length and, when attributes may be left out, the others
    /// now and then unsaid.
    private static String hair(Identity i, boolean list, double dropped, RandomGenerator random) {
        boolean saysLength = random.nextDouble() >= 2 * dropped;
        boolean saysColour = random.nextDouble() >= dropped / 2;
        boolean saysKind = random.nextDouble() >= dropped / 2;
        List<String> words = new ArrayList<>();
        if (saysColour) words.add(word(i.hairColour()));
        boolean noun = i.hair() == Hair.BUN || i.hair() == Hair.MOHAWK;
        if (saysKind && !noun) words.add(word(i.hair()));
        if (words.size() == 2 && random.nextDouble() < 0.65) Collections.reverse(words);
        if (saysLength) words.add(random.nextDouble() < 0.8 ? 0 : words.size(), word(i.length()));
        if (saysKind && i.hair() == Hair.MOHAWK) {
            words.add("mohawk");
            return (list ? "" : "a ") + String.join(" ", words);
        }
        words.add("hair");
        if (saysKind && i.hair() == Hair.BUN) words.add("in a bun");
        return String.join(" ", words);
    }

    /// The colour of a beard is named where no hair shows it.
    private static String beard(Identity i, boolean article) {
        String colour = i.hair() == Hair.BALD ? word(i.hairColour()) + " " : "";
        return switch (i.beard()) {
            case NONE -> "no beard";
            case MOUSTACHE -> (article ? "a " : "") + colour + "moustache";
            case FULL, LONG -> (article ? "a " : "") + word(i.beard()) + " " + colour + "beard";
        };
    }

    private static String hairKind(String hair) {
        return switch (hair) {
            case "bun", "mohawk" -> "a " + hair;
            default -> hair + " hair";
        };
    }

    private static String eyes(Eyes eyes) {
        return switch (eyes) {
            case OPEN, CLOSED -> word(eyes) + " eyes";
            case GLASSES, SUNGLASSES -> word(eyes);
        };
    }

    private static String clothes(Look look, boolean article) {
        String colour = word(look.clothesColour());
        String a = !article || plural(look.clothes()) ? "" : colour.startsWith("o") ? "an " : "a ";
        return a + colour + " " + word(look.clothes());
    }

    private static boolean plural(Clothes clothes) {
        return clothes == Clothes.DUNGAREES;
    }

    /// A capital or a full stop now and then, as people write.
    private static String dressed(String caption, RandomGenerator random) {
        String text = caption;
        if (random.nextDouble() < 0.08) text = Character.toUpperCase(text.charAt(0)) + text.substring(1);
        return random.nextDouble() < 0.08 ? text + "." : text;
    }

    /// The other spelling of the few words that have two.
    private static String american(String text) {
        return text.replace("grey", "gray")
                .replace("moustache", "mustache")
                .replace("blond ", "blonde ")
                .replace("colour", "color");
    }

    private static String asked(Attribute attribute, Map<Attribute, String> values, RandomGenerator random) {
        String truth = values.getOrDefault(attribute, "");
        if (random.nextBoolean()) return truth;
        List<String> others =
                attribute.options().stream().filter(o -> !o.equals(truth)).toList();
        return Options.pick(others, random);
    }

    private static String word(Enum<?> option) {
        return Attribute.word(option);
    }

    private static void find(Map<Attribute, String> read, String text, String pattern, Attribute... groups) {
        var matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) return;
        String[] found = new String[groups.length];
        Arrays.setAll(found, g -> matcher.group(g + 1));
        for (int g = 0; g < groups.length; g++) {
            if (!groups[g].options().contains(found[g])) return;
        }
        for (int g = 0; g < groups.length; g++) read.putIfAbsent(groups[g], found[g]);
    }
}
