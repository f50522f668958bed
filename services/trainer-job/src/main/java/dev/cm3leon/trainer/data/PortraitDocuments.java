package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Half;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Look;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Drafts.Draft;
import dev.cm3leon.trainer.data.Drafts.Query;
import dev.cm3leon.trainer.data.Drafts.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Portraits and named characters as CM3 documents, without end.
///
/// A named character is a fresh name for a fresh identity each time, and its query never says what belongs to the
/// identity: that can only be read off the documents in front, so the model learns to look rather than to remember. Of
/// two documents either one alone carries the name, or each shows half of the character.
public final class PortraitDocuments {
    private final TrainingConfiguration.Mixture mixture;
    private final Drafts drafts;

    public PortraitDocuments(TrainingConfiguration.Mixture mixture, Drafts drafts) {
        this.mixture = mixture;
        this.drafts = drafts;
    }

    Draft alone(RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        byte[] picture = Avatars.draw(portrait);
        double kind = random.nextDouble();
        if ((kind -= mixture.captioning()) < 0) {
            return random.nextDouble() < 0.7
                    ? drafts.answered(TextTasks.DESCRIBE, Captions.canonical(portrait), picture)
                    : drafts.answered("", Captions.of(portrait, random), picture);
        }
        if ((kind -= mixture.questions()) < 0) {
            var question = Options.pick(Captions.questions(portrait, random), random);
            return drafts.answered(TextTasks.question(question.question()), question.answer(), picture);
        }
        if ((kind -= mixture.edits()) < 0) {
            Edit edit = Edit.random(portrait, random);
            return drafts.edited(edit.instruction(), picture, Avatars.draw(edit.after()));
        }
        if ((kind -= mixture.spans()) < 0)
            return drafts.spans(drafts.text(() -> Captions.of(portrait, random)), picture, random);
        if (random.nextDouble() < mixture.withheldCaption()) return drafts.uncaptioned(picture);
        boolean stranger = kind < mixture.strangers();
        int[] text = drafts.text(() ->
                stranger ? Captions.named(Names.random(random), portrait, random) : Captions.of(portrait, random));
        return drafts.drawn(text, picture);
    }

    Draft retrieved(int count, RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        boolean described = random.nextDouble() < mixture.described();
        boolean halves = !described && count == 2 && random.nextDouble() < mixture.halves();
        String name = Names.random(random);
        boolean misnamed = false;
        List<Shown> documents = new ArrayList<>();
        if (halves) {
            for (Half half : Half.values()) documents.add(half(half, name, portrait.again(random), random));
        } else if (!described) {
            misnamed = mixture.misnamed(count, random);
            String shown = misnamed ? Names.random(random) : name;
            documents.add(document(shown, portrait.again(random), random));
        }
        while (documents.size() < count) {
            Portrait other = described && random.nextBoolean() ? near(portrait, random) : Portrait.forTraining(random);
            documents.add(document(Names.random(random), other, random));
        }
        if (random.nextDouble() >= mixture.ordered()) Options.shuffle(documents, random);
        int[] query =
                drafts.text(() -> described ? Captions.of(portrait, random) : Captions.named(name, portrait, random));
        return drafts.retrieved(documents, query, Avatars.draw(portrait), Query.of(mixture, misnamed, random));
    }

    private Shown document(String name, Portrait portrait, RandomGenerator random) {
        return drafts.shown(() -> Captions.document(name, portrait, random), Avatars.draw(portrait));
    }

    private Shown half(Half half, String name, Portrait portrait, RandomGenerator random) {
        return drafts.shown(() -> Captions.document(name, portrait, random), half.of(Avatars.draw(portrait)));
    }

    /// Someone who looks much like this, as a search by caption would find: each option is kept or drawn again.
    private static Portrait near(Portrait portrait, RandomGenerator random) {
        while (true) {
            Identity i = portrait.identity(), j = Identity.random(random);
            Look l = portrait.look(), m = Look.random(random);
            var near = new Portrait(
                    new Identity(
                            kept(random) ? i.hair() : j.hair(),
                            kept(random) ? i.length() : j.length(),
                            kept(random) ? i.hairColour() : j.hairColour(),
                            kept(random) ? i.skin() : j.skin(),
                            kept(random) ? i.beard() : j.beard()),
                    new Look(
                            kept(random) ? l.clothes() : m.clothes(),
                            kept(random) ? l.clothesColour() : m.clothesColour(),
                            kept(random) ? l.background() : m.background(),
                            kept(random) ? l.eyes() : m.eyes()));
            if (!near.withheld() && !near.identity().heldOut()) return near;
        }
    }

    private static boolean kept(RandomGenerator random) {
        return random.nextDouble() < 0.6;
    }

    /// Captions that name everything.
    public Draft caption(RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        return drafts.drawn(drafts.text(() -> Captions.complete(portrait, random)), Avatars.draw(portrait));
    }

    /// A character that training never draws, with these documents in front.
    public Draft stranger(Evidence evidence, RandomGenerator random) {
        Portrait portrait = Portrait.stranger(random), other = Portrait.stranger(random);
        String name = Names.heldOut(random), otherName = Names.heldOut(random);
        int[] query = drafts.text(() -> Captions.named(name, portrait, random));
        Portrait again = portrait.again(random);
        List<Shown> documents =
                switch (evidence) {
                    case NONE -> List.of();
                    case RIGHT -> List.of(document(name, again, random));
                    case WRONG -> List.of(document(otherName, other, random));
                    case RIGHT_FIRST -> List.of(document(name, again, random), document(otherName, other, random));
                    case RIGHT_LAST -> List.of(document(otherName, other, random), document(name, again, random));
                    case PARTS ->
                        List.of(
                                half(Half.UPPER, name, again, random),
                                half(Half.LOWER, name, portrait.again(random), random));
                };
        return drafts.retrieved(documents, query, Avatars.draw(portrait), Query.SAID);
    }
}
