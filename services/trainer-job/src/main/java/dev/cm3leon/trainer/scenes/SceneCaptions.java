package dev.cm3leon.trainer.scenes;

import dev.cm3leon.documents.GroundedBox;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Captions.Check;
import dev.cm3leon.trainer.avatars.Captions.QuestionAnswer;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Options;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What people would write about a scene.
public final class SceneCaptions {
    private static final String[] COUNTS = {"none", "one", "two", "three", "four"};
    private static final Pattern PLACED =
            Pattern.compile("(?:^|and )(.+?) at the (top left|top right|bottom left" + "|bottom right)(?= |$)");

    /// Kinds of [#checks].
    public static final int CHECKS = 2;

    private SceneCaptions() {}

    /// A request for named things: each by its name, where it is to stand, and the ground; now and then the
    /// ground is left out.
    public static String named(Scene scene, Function<Card, String> names, RandomGenerator random) {
        return said(scene, names, random.nextDouble() >= 0.08, random);
    }

    /// The same, with nothing left out.
    public static String complete(Scene scene, Function<Card, String> names, RandomGenerator random) {
        return said(scene, names, true, random);
    }

    /// The caption of a picture of named things in a memory bank; now and then the names alone.
    public static String document(Scene scene, Function<Card, String> names, RandomGenerator random) {
        if (random.nextDouble() < 0.15)
            return String.join(" and ", scene.things().stream().map(names).toList());
        return said(scene, names, true, random);
    }

    private static String said(Scene scene, Function<Card, String> names, boolean ground, RandomGenerator random) {
        String background = word(scene.ground()) + " background";
        List<Card> things = new ArrayList<>(scene.things());
        Options.shuffle(things, random);
        boolean list = random.nextDouble() < 0.3;
        List<String> parts = new ArrayList<>();
        for (Card thing : things) {
            List<String> places = scene.places(thing).stream()
                    .map(place -> list ? place.words() : at(place, random))
                    .toList();
            parts.add(names.apply(thing) + " " + String.join(" and ", places));
        }
        String text = String.join(list ? ", " : " and ", parts);
        if (!ground) return text;
        if (list) return text + ", " + background;
        return text
                + Options.pick(List.of(" on a ", " on a ", " on a ", ", on a ", " against a "), random)
                + background;
    }

    private static String at(Place place, RandomGenerator random) {
        return switch (random.nextInt(5)) {
            case 0 -> "in the " + place.words() + " corner";
            case 1 -> "in the " + place.words();
            default -> "at the " + place.words();
        };
    }

    /// The one full sentence of a scene, place by place: what captioning should answer. [#read] reads it.
    public static String canonical(Scene scene) {
        List<String> parts = new ArrayList<>();
        scene.cards().forEach((place, card) -> parts.add(card.thing().label() + " at the " + place.words()));
        return String.join(" and ", parts) + " on a " + word(scene.ground()) + " background";
    }

    /// Several sentences, place by place.
    public static String paragraph(Scene scene) {
        var text = new StringBuilder(
                "How many things are there: %s.".formatted(COUNTS[scene.cards().size()]));
        scene.cards()
                .forEach((place, card) -> text.append(
                        " At the %s: %s.".formatted(place.words(), card.thing().label())));
        return text.append(" The background is %s.".formatted(word(scene.ground())))
                .toString();
    }

    /// Where each thing stands, in 256ths of the picture.
    public static List<GroundedBox> boxes(Scene scene, Function<Card, String> names) {
        int unit = 256 / Scene.SIZE;
        List<GroundedBox> boxes = new ArrayList<>();
        scene.cards().forEach((place, card) -> {
            int left = unit * place.left(), top = unit * place.top(), size = unit * Card.SIZE - 1;
            boxes.add(new GroundedBox(names.apply(card), left, top, left + size, top + size));
        });
        return boxes;
    }

    /// Whether its label can name a box.
    public static boolean boxable(Thing thing) {
        return thing.label().matches("[^()]+");
    }

    /// What fills [dev.cm3leon.documents.FineTuningTask#GROUNDED]: the ground, and each thing by its label and
    /// corners.
    ///
    /// @param wording 0 the words of table 5, 1 those of figure 15
    public static Map<String, String> grounded(Scene scene, int wording) {
        List<GroundedBox> boxes = boxes(scene, card -> card.thing().label());
        return Map.of(
                "caption",
                "a " + word(scene.ground()) + " background",
                "boxes",
                wording == 0 ? GroundedBox.list(boxes) : GroundedBox.sentence(boxes));
    }

    /// What a sentence in the form of [#canonical] says.
    ///
    /// @param labels by place
    /// @param ground its word; empty if none is said
    public record Said(Map<Place, String> labels, String ground) {}

    public static Said read(String canonical) {
        Map<Place, String> labels = new EnumMap<>(Place.class);
        var placed = PLACED.matcher(canonical);
        while (placed.find())
            labels.put(
                    Place.valueOf(placed.group(2).replace(' ', '_').toUpperCase(java.util.Locale.ROOT)),
                    placed.group(1));
        var ground = Pattern.compile("on an? (\\S+) background").matcher(canonical);
        return new Said(labels, ground.find() ? ground.group(1) : "");
    }

    /// Questions about a scene and their short answers, one of each kind.
    public static List<QuestionAnswer> questions(Scene scene, RandomGenerator random) {
        List<QuestionAnswer> all = new ArrayList<>();
        all.add(new QuestionAnswer("What colour is the background?", word(scene.ground())));
        List<QuestionAnswer> checks =
                checks(scene, random).stream().map(Check::asked).toList();
        all.add(checks.getFirst());
        all.add(count(scene));
        all.addAll(checks.subList(1, checks.size()));
        if (scene.cards().size() == 1)
            all.add(new QuestionAnswer(
                    "Where does it stand?",
                    scene.cards().keySet().iterator().next().words()));
        return List.copyOf(all);
    }

    /// The one of [#questions] that asks how many things there are.
    public static QuestionAnswer count(Scene scene) {
        return new QuestionAnswer(
                "How many things are there?", COUNTS[scene.cards().size()]);
    }

    /// Those of [#questions] that are answered by yes or no, one of each kind; the last, of a place, only where there
    /// is one to ask for.
    public static List<Check> checks(Scene scene, RandomGenerator random) {
        List<Check> all = new ArrayList<>();
        Background asked = random.nextBoolean() ? scene.ground() : Scene.ground(random);
        all.add(Check.of(
                "Is the background " + word(asked) + "?",
                asked.ordinal(),
                asked == scene.ground(),
                "The background is " + word(scene.ground()),
                word(asked)));
        boolean there = random.nextBoolean();
        List<Place> places = new ArrayList<>(List.of(Place.values()));
        places.removeIf(place -> scene.cards().containsKey(place) != there);
        if (!places.isEmpty()) {
            String place = Options.pick(places, random).words();
            String taken = scene.cards().keySet().stream().map(Place::words).collect(Collectors.joining(" and the "));
            all.add(Check.of(
                    "Is there anything at the " + place + "?",
                    0,
                    there,
                    "There is something at the " + taken,
                    "at the " + place));
        }
        return List.copyOf(all);
    }

    /// What stands at one place, by its label: only for things in their own colours.
    public static QuestionAnswer what(Scene scene, RandomGenerator random) {
        Place place = Options.pick(List.copyOf(scene.cards().keySet()), random);
        Card card = java.util.Objects.requireNonNull(scene.cards().get(place));
        return new QuestionAnswer(
                "What is at the " + place.words() + "?", card.thing().label());
    }

    public static String word(Background ground) {
        return Attribute.BACKGROUND.options().get(ground.ordinal());
    }
}
