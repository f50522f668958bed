package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Drafts.Draft;
import dev.cm3leon.trainer.data.Drafts.Query;
import dev.cm3leon.trainer.data.Drafts.Shown;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.SceneEdit;
import dev.cm3leon.trainer.scenes.Thing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Named things in scenes as CM3 documents, without end: a card that a document shows under a name is drawn at another
/// place on another ground, alone or beside another one.
final class SceneDocuments {
    private static final double LABEL = 0.25; // of the names are what the thing is called

    private final TrainingConfiguration.Mixture mixture;
    private final Drafts drafts;

    SceneDocuments(TrainingConfiguration.Mixture mixture, Drafts drafts) {
        this.mixture = mixture;
        this.drafts = drafts;
    }

    Draft alone(RandomGenerator random) {
        double kind = random.nextDouble();
        if ((kind -= mixture.captioning()) < 0) {
            Scene scene = plain(random);
            return drafts.answered(TextTasks.DESCRIBE, SceneCaptions.canonical(scene), scene.draw());
        }
        Scene scene = scene(cards(1 + random.nextInt(2), random), random);
        if ((kind -= mixture.questions()) < 0) {
            boolean what = random.nextInt(6) == 0;
            Scene asked = what ? plain(random) : scene;
            var question = what
                    ? SceneCaptions.what(asked, random)
                    : Options.pick(SceneCaptions.questions(asked, random), random);
            return drafts.answered(TextTasks.question(question.question()), question.answer(), asked.draw());
        }
        if ((kind -= mixture.edits()) < 0) {
            SceneEdit edit = SceneEdit.random(scene, random);
            return drafts.edited(
                    edit.instruction(), edit.before().draw(), edit.after().draw());
        }
        boolean spans = (kind -= mixture.spans()) < 0;
        if (!spans && random.nextDouble() < mixture.withheldCaption()) return drafts.uncaptioned(scene.draw());
        boolean stranger = !spans && kind < mixture.strangers();
        Scene drawn = stranger ? scene : plain(random);
        Map<Card, String> names = names(drawn, !stranger, random);
        int[] text = drafts.text(() -> SceneCaptions.named(drawn, card -> name(names, card), random));
        return spans ? drafts.spans(text, drawn.draw(), random) : drafts.drawn(text, drawn.draw());
    }

    Draft retrieved(int count, RandomGenerator random) {
        boolean both = count == 2 && random.nextDouble() < mixture.both();
        List<Card> asked = cards(both ? 2 : 1, random);
        Scene scene = both
                ? Scene.of(asked, 2 + (random.nextBoolean() ? random.nextInt(3) : 0), random)
                : scene(asked, random);
        Map<Card, String> names = names(scene, false, random);
        String query = drafts.fitting(() -> SceneCaptions.named(scene, card -> name(names, card), random));
        boolean misnamed = false;
        List<Shown> documents = new ArrayList<>();
        for (Card card : mentioned(asked, names, query)) {
            misnamed = mixture.misnamed(count, random);
            String shown = misnamed ? fresh(random) : name(names, card);
            documents.add(document(card, shown, random));
        }
        while (documents.size() < count)
            documents.add(document(Card.random(Thing.Split.TRAIN.things(), random), Names.random(random), random));
        if (random.nextDouble() >= mixture.ordered()) Options.shuffle(documents, random);
        return drafts.retrieved(documents, drafts.text(() -> query), scene.draw(), Query.of(mixture, misnamed, random));
    }

    /// In the order in which a query names them.
    private static List<Card> mentioned(List<Card> cards, Map<Card, String> names, String query) {
        return cards.stream()
                .sorted(Comparator.comparingInt(card -> query.indexOf(name(names, card))))
                .toList();
    }

    private Shown document(Card card, String name, RandomGenerator random) {
        Scene scene = Scene.of(card, random);
        return drafts.shown(() -> SceneCaptions.document(scene, any -> name, random), scene.draw());
    }

    /// Usually each card once, now and then more often.
    private static Scene scene(List<Card> cards, RandomGenerator random) {
        int more = random.nextInt(4) > 0 ? 0 : random.nextInt(3 - cards.size() + 1);
        return Scene.of(cards, cards.size() + more, random);
    }

    /// One or two things as they are, which labels can tell.
    private static Scene plain(RandomGenerator random) {
        List<Card> cards = new ArrayList<>();
        int count = random.nextInt(4) == 0 ? 2 : 1;
        while (cards.size() < count) {
            Card card = Card.of(Options.pick(Thing.Split.TRAIN.things(), random));
            if (!cards.contains(card)) cards.add(card);
        }
        return Scene.of(cards, count, random);
    }

    private static List<Card> cards(int count, RandomGenerator random) {
        List<Card> cards = new ArrayList<>();
        while (cards.size() < count) {
            Card card = Card.random(Thing.Split.TRAIN.things(), random);
            if (cards.stream().noneMatch(other -> other.thing().equals(card.thing()))) cards.add(card);
        }
        return cards;
    }

    /// A fresh name for each, or its label where that is wanted or happens to be true.
    private static Map<Card, String> names(Scene scene, boolean labels, RandomGenerator random) {
        var names = new HashMap<Card, String>();
        for (Card card : scene.things()) {
            boolean label = labels || card.plain() && random.nextDouble() < LABEL;
            names.put(card, label ? card.thing().label() : fresh(random));
        }
        return names;
    }

    /// One word half the time.
    private static String fresh(RandomGenerator random) {
        String name = Names.random(random);
        return random.nextBoolean() ? name.split(" ")[0] : name;
    }

    private static String name(Map<Card, String> names, Card card) {
        String name = names.get(card);
        if (name == null) throw new IllegalArgumentException("no name for " + card);
        return name;
    }

    /// Things of families that training never shows, with these documents in front: two things for `PARTS`, else one.
    Draft stranger(Evidence evidence, RandomGenerator random) {
        List<Thing> things = Thing.Split.VALIDATION.things();
        Card card = Card.of(Options.pick(things, random));
        Card other = card;
        while (other.thing().equals(card.thing())) other = Card.of(Options.pick(things, random));
        boolean both = evidence == Evidence.PARTS;
        Scene scene = both ? Scene.of(List.of(card, other), 2, random) : Scene.of(card, random);
        String name = Names.heldOut(random), second = Names.heldOut(random);
        Map<Card, String> names = Map.of(card, name, other, second);
        String query = drafts.fitting(() -> SceneCaptions.named(scene, any -> name(names, any), random));
        List<Shown> documents =
                switch (evidence) {
                    case NONE -> List.of();
                    case RIGHT -> List.of(document(card, name, random));
                    case WRONG -> List.of(document(other, second, random));
                    case RIGHT_FIRST -> List.of(document(card, name, random), document(other, second, random));
                    case RIGHT_LAST -> List.of(document(other, second, random), document(card, name, random));
                    case PARTS ->
                        mentioned(List.of(card, other), names, query).stream()
                                .map(any -> document(any, name(names, any), random))
                                .toList();
                };
        return drafts.retrieved(documents, drafts.text(() -> query), scene.draw(), Query.SAID);
    }
}
