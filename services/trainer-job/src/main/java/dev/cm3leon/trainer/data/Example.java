package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.avatars.Restyling;
import dev.cm3leon.trainer.configuration.Instruction;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.SceneEdit;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.scenes.Writing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;

/// An example of an [Instruction]: what a template of its task is filled with.
///
/// @param asked place of the text that is asked for; empty where a picture is
/// @param pictures 64 x 64 interleaved RGB, by their names in the template
record Example(int wording, String asked, Map<String, String> texts, SequencedMap<String, byte[]> pictures) {

    /// What it is asked for or told with, but for what is drawn and what is answered.
    String instruction(FineTuningTask task) {
        return asked.isEmpty() ? texts.getOrDefault("instruction", "") : task.front(wording, asked, texts);
    }

    /// Any example of a dataset.
    ///
    /// @param trained of what training may show; otherwise of characters and things that it never shows
    /// @param favourites as in [TrainingConfiguration.Finetune]
    static Example of(Instruction dataset, boolean trained, double favourites, RandomGenerator random) {
        int wording = random.nextInt(dataset.task.size());
        return switch (dataset) {
            case PORTRAIT_CAPTIONS -> {
                Portrait portrait = portrait(trained, random);
                // without words before it a caption may have any form
                String caption = wording == 0 ? Captions.complete(portrait, random) : Captions.canonical(portrait);
                yield text(wording, "caption", Map.of("caption", caption), Avatars.draw(portrait));
            }
            case PORTRAIT_PARAGRAPHS -> {
                Portrait portrait = portrait(trained, random);
                yield text(wording, "caption", Map.of("caption", Captions.paragraph(portrait)), Avatars.draw(portrait));
            }
            case PORTRAIT_QUESTIONS -> {
                Portrait portrait = portrait(trained, random);
                var question = Options.pick(Captions.questions(portrait, random), random);
                yield answered(wording, question, Avatars.draw(portrait));
            }
            case PORTRAIT_CHECKS -> answered(wording, portraitCheck(trained, favourites, random));
            case PORTRAIT_REASONS -> reasoned(portraitCheck(trained, favourites, random));
            case PORTRAIT_EDITS -> edit(Edit.random(portrait(trained, random), random));
            case PORTRAIT_SKINS -> {
                Portrait portrait = portrait(trained, random);
                while (!Edit.hasOtherSkin(portrait)) portrait = portrait(trained, random);
                yield edit(Edit.skin(portrait, random));
            }
            case PORTRAIT_STYLES -> {
                byte[] picture = Avatars.draw(portrait(trained, random));
                Restyling style = Options.pick(Restyling.values(), random);
                yield edit(style.instruction(), picture, style.of(picture, Scene.SIZE));
            }
            case PORTRAIT_EDGES -> {
                Portrait portrait = portrait(trained, random);
                yield edges(Captions.complete(portrait, random), Avatars.draw(portrait));
            }
            case SCENE_CAPTIONS -> {
                Scene scene = scene(trained, random);
                yield text(wording, "caption", Map.of("caption", SceneCaptions.canonical(scene)), scene.draw());
            }
            case SCENE_PARAGRAPHS -> {
                Scene scene = scene(trained, random);
                yield text(wording, "caption", Map.of("caption", SceneCaptions.paragraph(scene)), scene.draw());
            }
            case SCENE_QUESTIONS -> {
                Scene scene = scene(trained, random);
                yield answered(wording, Options.pick(SceneCaptions.questions(scene, random), random), scene.draw());
            }
            case SCENE_CHECKS -> answered(wording, sceneCheck(trained, favourites, random));
            case SCENE_REASONS -> reasoned(sceneCheck(trained, favourites, random));
            case SCENE_EDITS -> {
                SceneEdit edit = SceneEdit.random(scene(trained, random), random);
                yield edit(
                        edit.instruction(), edit.before().draw(), edit.after().draw());
            }
            case SCENE_EDGES -> {
                Scene scene = scene(trained, random);
                yield edges(SceneCaptions.canonical(scene), scene.draw());
            }
            case SCENE_BOXES -> {
                Scene scene = scene(trained, random);
                yield new Example(wording, "", SceneCaptions.grounded(scene, wording), pictures("image", scene.draw()));
            }
            case WRITING -> {
                Writing writing = Writing.random(trained, random);
                var content = Map.of("content", writing.content());
                yield new Example(wording, "", content, pictures("image", writing.draw()));
            }
        };
    }

    private record Checked(Captions.Check check, byte[] picture) {}

    private static Checked portraitCheck(boolean trained, double favourites, RandomGenerator random) {
        int kind = random.nextInt(Captions.CHECKS);
        while (true) {
            Portrait portrait = portrait(trained, random);
            List<Captions.Check> checks = Captions.checks(portrait, random);
            if (has(checks, kind, favourites, random)) return new Checked(checks.get(kind), Avatars.draw(portrait));
        }
    }

    private static Checked sceneCheck(boolean trained, double favourites, RandomGenerator random) {
        int kind = random.nextInt(SceneCaptions.CHECKS);
        while (true) {
            Scene scene = scene(trained, random);
            List<Captions.Check> checks = SceneCaptions.checks(scene, random);
            if (has(checks, kind, favourites, random)) return new Checked(checks.get(kind), scene.draw());
        }
    }

    /// Yes and no are balanced for every value. If all values were asked for alike, neither picture nor
    /// question would tell anything alone, and a small model does not find what they tell together. Asking
    /// for some values more often lets it learn the check from the picture first; that carries over to the
    /// others.
    private static boolean has(List<Captions.Check> checks, int kind, double favourites, RandomGenerator random) {
        return kind < checks.size()
                && random.nextDouble() < Math.pow(1 + checks.get(kind).value(), -favourites);
    }

    private static Example answered(int wording, Captions.QuestionAnswer question, byte[] picture) {
        return text(wording, "answer", Map.of("question", question.question(), "answer", question.answer()), picture);
    }

    private static Example answered(int wording, Checked checked) {
        return answered(wording, checked.check.asked(), checked.picture);
    }

    private static Example reasoned(Checked checked) {
        Map<String, String> texts = new HashMap<>(TextTasks.check(checked.check.question()));
        texts.put("explanation", checked.check.reason());
        texts.put("answer", checked.check.asked().answer());
        return text(TextTasks.STEP_BY_STEP, "explanation", texts, checked.picture);
    }

    private static Example text(int wording, String asked, Map<String, String> texts, byte[] picture) {
        return new Example(wording, asked, texts, pictures("image", picture));
    }

    private static Example edit(Edit edit) {
        return edit(edit.instruction(), Avatars.draw(edit.before()), Avatars.draw(edit.after()));
    }

    private static Example edit(String instruction, byte[] before, byte[] after) {
        return new Example(0, "", Map.of("instruction", instruction), pictures("image1", before, "image2", after));
    }

    private static Example edges(String caption, byte[] picture) {
        byte[] edges = Restyling.edges(picture, Scene.SIZE);
        return new Example(0, "", Map.of("caption", caption), pictures("image1", edges, "image2", picture));
    }

    private static SequencedMap<String, byte[]> pictures(String name, byte[] picture) {
        var pictures = new LinkedHashMap<String, byte[]>();
        pictures.put(name, picture);
        return pictures;
    }

    private static SequencedMap<String, byte[]> pictures(String one, byte[] first, String two, byte[] second) {
        var pictures = pictures(one, first);
        pictures.put(two, second);
        return pictures;
    }

    private static Portrait portrait(boolean trained, RandomGenerator random) {
        return trained ? Portrait.forTraining(random) : Portrait.stranger(random);
    }

    /// One or two things as they are, which labels can tell; a box has no name with brackets.
    private static Scene scene(boolean trained, RandomGenerator random) {
        List<Thing> things = (trained ? Thing.Split.TRAIN : Thing.Split.VALIDATION).things();
        List<Card> cards = new ArrayList<>();
        int count = 1 + random.nextInt(2);
        while (cards.size() < count) {
            Card card = Card.of(Options.pick(things, random));
            if (!cards.contains(card) && SceneCaptions.boxable(card.thing())) cards.add(card);
        }
        return Scene.of(cards, count, random);
    }
}
