package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.metrics.Box;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions.QuestionAnswer;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Evaluation.Size;
import dev.cm3leon.trainer.evaluation.Report.Section;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Place;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.SceneEdit;
import dev.cm3leon.trainer.scenes.SceneRuler;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.scenes.Thumbnails;
import dev.cm3leon.trainer.scenes.Writing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Named things of families that training never showed: drawn at another place on another ground, one and two; scenes
/// described, asked about and changed. A thing is recognised by [SceneRuler] among those of its style that were never
/// shown either.
final class SceneEvaluation {
    static final String UNSEEN = "emoji of 105 families that training never shows, as they are";
    static final String SEEN = "emoji of training";
    private static final List<String> RANKS =
            List.of("recognised (first of 115)", "among the first 5", "median rank", "place", "ground");

    private final Asking asking;
    private final UnaryOperator<byte[]> tokenizer;
    private final Size size;
    private final Report report;
    private final Path output;
    private final List<Named> things;
    private final Map<String, SceneRuler> rulers = Thing.Split.TEST.things().stream()
            .collect(Collectors.collectingAndThen(Collectors.groupingBy(Thing::style), byStyle -> {
                Map<String, SceneRuler> all = new HashMap<>();
                byStyle.forEach((style, things) -> all.put(style, new SceneRuler(things)));
                return all;
            }));

    SceneEvaluation(Asking asking, UnaryOperator<byte[]> tokenizer, Size size, Report report, Path output) {
        this.asking = asking;
        this.tokenizer = tokenizer;
        this.size = size;
        this.report = report;
        this.output = output;
        this.things = things();
    }

    /// A thing in the memory bank under a name, and what is asked of it.
    private record Named(
            MemoryBank.Document document, String name, Card card, Scene shown, Scene asked, String prompt) {}

    /// @param bank has [#documents]
    SequencedMap<String, Evaluation.Part> parts(MemoryBank bank) {
        SequencedMap<String, Evaluation.Part> parts = new LinkedHashMap<>();
        parts.put("things", () -> named(bank));
        parts.put("scene-edits", this::edits);
        parts.put("scene-boxes", this::boxes);
        parts.put("writing", this::written);
        parts.put("scene-captioning", this::described);
        parts.put("scene-questions", this::questions);
        return parts;
    }

    private void named(MemoryBank bank) throws IOException {
        one(bank);
        two(bank);
        told(bank);
    }

    private void told(MemoryBank bank) {
        new Naming(asking, bank, tokenizer, report, "Things told by their names", UNSEEN)
                .ask(
                        "things told",
                        things.stream()
                                .map(thing -> new Naming.Asked(
                                        thing.asked().draw(),
                                        thing.card(),
                                        thing.document().id(),
                                        thing.shown().draw(),
                                        thing.name()))
                                .toList());
    }

    /// What has to be in the bank.
    Stream<MemoryBank.Document> documents() {
        return things.stream().map(Named::document);
    }

    private List<Named> things() {
        Random random = new Random(size.seed() + 20);
        List<Named> things = new ArrayList<>();
        Set<String> names = new HashSet<>();
        List<Thing> unseen = Thing.Split.TEST.things();
        while (things.size() < size.prompts()) {
            Card card = Card.of(unseen.get(random.nextInt(unseen.size())));
            Scene shown = Scene.of(card, random), asked = Scene.of(card, random);
            if (shown.cards().keySet().equals(asked.cards().keySet()) || shown.ground() == asked.ground()) continue;
            String name = Names.heldOut(names, random);
            String prompt = SceneCaptions.complete(asked, any -> name, random);
            var document = new MemoryBank.Document(
                    "eval-thing-" + things.size(),
                    SceneCaptions.document(shown, any -> name, random),
                    Avatars.png(shown.draw()));
            things.add(new Named(document, name, card, shown, asked, prompt));
        }
        return things;
    }

    private void one(MemoryBank bank) throws IOException {
        Section section = report.section("Named things never trained on", UNSEEN, RANKS);
        List<Scene> asked = things.stream().map(Named::asked).toList();
        List<Card> own = things.stream().map(Named::card).toList();
        List<Named> others = others(things);
        Answers right = ask(i -> bank.find(1), "things, document found");
        Answers two = ask(i -> bank.find(2), "things, two documents found");
        Answers none = ask(i -> Map.of("documents", 0), "things, no document");
        Answers wrong = ask(i -> bank.give(others.get(i).document().id()), "things, wrong document");
        section.say(
                "right thing found",
                Figure.of(right.found(i -> Set.of(things.get(i).document().id())), things.size()));
        baselines(section, asked, own);
        section.row(
                "copy the document",
                ranks(asked, own, things.stream().map(t -> t.shown().draw()).toList()));
        section.row("right document, found by the index", ranks(asked, own, right.pictures()), right);
        section.row("two documents found by the index", ranks(asked, own, two.pictures()), two);
        section.row("no document", ranks(asked, own, none.pictures()), none);
        section.row("wrong document, against the thing asked for", ranks(asked, own, wrong.pictures()), wrong);
        section.row(
                "wrong document, against the document's thing",
                ranks(asked, others.stream().map(Named::card).toList(), wrong.pictures()),
                wrong);

        section.say(
                Evaluation.FIDELITY,
                Judges.fidelity(asked.stream().map(Scene::draw).toList(), tokenizer));

        Sheet sheet = new Sheet(
                Scene.SIZE, 2, 1, List.of("document", "with it", "its tokens", "without", "wrong document", "with it"));
        for (int i = 0; i < Math.min(16, things.size()); i++)
            sheet.add(
                    things.get(i).prompt(),
                    Arrays.asList(
                            things.get(i).shown().draw(),
                            right.picture(i),
                            tokenizer.apply(asked.get(i).draw()),
                            none.picture(i),
                            others.get(i).shown().draw(),
                            wrong.picture(i)));
        sheet.write(output.resolve("sheet-things.png"));
    }

    /// Chance, what the true pictures lose in the tokenizer, and the most similar thing of training in its place.
    private void baselines(Section section, List<Scene> asked, List<Card> cards) {
        section.row(
                "chance",
                List.of(
                        Figure.share(1 / 115.0),
                        Figure.share(5 / 115.0),
                        Figure.number("%.0f", 58),
                        Figure.share(1.0 / Place.values().length),
                        Figure.share(1.0 / Background.values().length)));
        section.row(
                "tokenizer's ceiling",
                ranks(
                        asked,
                        cards,
                        asked.stream().map(s -> tokenizer.apply(s.draw())).toList()));
        section.row(
                "nearest training picture",
                ranks(asked, cards, asked.stream().map(SceneEvaluation::nearest).toList()));
    }

    private void two(MemoryBank bank) throws IOException {
        Section section = report.section(
                "Two named things in one scene", UNSEEN, List.of("both recognised", "each", "both places", "ground"));
        Random random = new Random(size.seed() + 21);
        List<Named> others = others(things);
        List<Scene> asked = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        List<Map<String, Object>> found = new ArrayList<>(), given = new ArrayList<>(), reversed = new ArrayList<>();
        for (int i = 0; i < things.size(); i++) {
            Named a = things.get(i), b = others.get(i);
            Scene scene = Scene.of(List.of(a.card(), b.card()), 2, random);
            String prompt = SceneCaptions.complete(scene, card -> card.equals(a.card()) ? a.name() : b.name(), random);
            boolean first = prompt.indexOf(a.name()) < prompt.indexOf(b.name());
            String[] documents = {
                (first ? a : b).document().id(), (first ? b : a).document().id()
            };
            asked.add(scene);
            prompts.add(prompt);
            found.add(asking.draw(prompt, bank.find(2), i));
            given.add(asking.draw(prompt, bank.give(documents), i));
            reversed.add(asking.draw(prompt, bank.give(documents[1], documents[0]), i));
        }
        Answers byIndex = asking.ask("two things, documents found", found);
        Answers inOrder = asking.ask("two things, documents in order", given);
        Answers otherWay = asking.ask("two things, documents reversed", reversed);
        section.row(
                "chance",
                List.of(
                        Figure.share(1 / 115.0 / 115),
                        Figure.share(1 / 115.0),
                        Figure.share(1 / 6.0),
                        Figure.share(1.0 / Background.values().length)));
        section.row(
                "tokenizer's ceiling",
                pairs(asked, asked.stream().map(s -> tokenizer.apply(s.draw())).toList()));
        section.row(
                "nearest training pictures",
                pairs(asked, asked.stream().map(SceneEvaluation::nearest).toList()));
        section.row(
                "copy the first document",
                pairs(asked, things.stream().map(t -> t.shown().draw()).toList()));
        section.row("documents found by the index", pairs(asked, byIndex.pictures()), byIndex);
        section.row("documents in the order of the prompt", pairs(asked, inOrder.pictures()), inOrder);
        section.row("documents in the other order", pairs(asked, otherWay.pictures()), otherWay);
        Sheet sheet = new Sheet(Scene.SIZE, 2, 2, List.of("document", "document", "drawn", "its tokens"));
        for (int i = 0; i < Math.min(16, things.size()); i++)
            sheet.add(
                    prompts.get(i),
                    Arrays.asList(
                            things.get(i).shown().draw(),
                            others.get(i).shown().draw(),
                            byIndex.picture(i),
                            tokenizer.apply(asked.get(i).draw())));
        sheet.write(output.resolve("sheet-two-things.png"));
    }

    /// Another ground or another place.
    private void edits() {
        Section section = report.section("Scenes changed as told", UNSEEN, RANKS);
        Random random = new Random(size.seed() + 22);
        List<SceneEdit> edits = scenes(Thing.Split.TEST, random).stream()
                .map(scene -> SceneEdit.random(scene, random))
                .toList();
        List<Map<String, Object>> requests = new ArrayList<>(), plain = new ArrayList<>();
        for (SceneEdit edit : edits) {
            plain.add(asking.told(edit.instruction(), edit.before().draw(), requests.size()));
            requests.add(asking.edit(edit.instruction(), edit.before().draw(), requests.size()));
        }
        Answers drawn = asking.ask("scenes changed", requests);
        Answers told = asking.ask("scenes changed, the instruction alone", plain);
        List<Scene> after = edits.stream().map(SceneEdit::after).toList();
        List<Card> cards = after.stream().map(SceneEvaluation::only).toList();
        baselines(section, after, cards);
        section.row(
                "copy the picture",
                ranks(after, cards, edits.stream().map(e -> e.before().draw()).toList()));
        section.row("drawn", ranks(after, cards, drawn.pictures()), drawn);
        section.row("drawn, the instruction alone", ranks(after, cards, told.pictures()), told);
        double elsewhere = 0, tokens = 0;
        for (int i = 0; i < edits.size(); i++) {
            byte[] before = edits.get(i).before().draw(), asked = after.get(i).draw();
            elsewhere += Evaluation.difference(before, asked, drawn.pictures().get(i)) / edits.size();
            tokens += Evaluation.difference(before, asked, tokenizer.apply(asked)) / edits.size();
        }
        section.say(
                "mean difference of a channel, of 255, where nothing was to change", Figure.number("%.1f", elsewhere));
        section.say("the tokenizer's own", Figure.number("%.1f", tokens));
    }

    /// One and two things at places told as corners, in the words of table 5 and of figure 15.
    private void boxes() {
        Section section = report.section(
                "Boxes told as corners",
                UNSEEN,
                List.of("boxes hit at IoU 0.5", "hit by the thing asked for", "all of a picture", "ground"));
        Random random = new Random(size.seed() + 26);
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < size.prompts()) {
            int count = 1 + scenes.size() % 2;
            List<Card> cards = IntStream.range(0, count)
                    .mapToObj(i -> Card.of(Options.pick(boxable(Thing.Split.TEST), random)))
                    .distinct()
                    .toList();
            if (cards.size() == count) scenes.add(Scene.of(cards, count, random));
        }
        section.row(
                "chance",
                List.of(
                        Figure.share((1.0 / 4 + 2 * 1.0 / 2) / 3), // of two boxes each is hit by either thing
                        Figure.share((1.0 / 4 + 2 * 1.0 / 2) / 3 / 115),
                        Figure.share((1.0 / 4 + 1.0 / 6) / 2),
                        Figure.share(1.0 / Background.values().length)));
        section.row(
                "tokenizer's ceiling",
                hits(scenes, scenes.stream().map(s -> tokenizer.apply(s.draw())).toList()));
        section.row(
                "nearest training pictures",
                hits(scenes, scenes.stream().map(SceneEvaluation::nearest).toList()));
        for (int wording = 0; wording < FineTuningTask.GROUNDED.size(); wording++) {
            List<Map<String, Object>> requests = new ArrayList<>();
            for (Scene scene : scenes) {
                String prompt = FineTuningTask.GROUNDED.text(wording, SceneCaptions.grounded(scene, wording));
                requests.add(asking.draw(prompt, Map.of("documents", 0), requests.size()));
            }
            String words = wording == 0 ? "drawn, words of table 5" : "drawn, words of figure 15";
            Answers drawn = asking.ask("boxes, " + words, requests);
            section.row(words, hits(scenes, drawn.pictures()), drawn);
        }
        section.say(
                "boxes that there are, the quarters of a picture, which is why chance is high",
                Figure.number("%.0f", Place.values().length));
    }

    /// Texts that training never shows, in the words of table 5.
    private void written() {
        Section section = report.section(
                "Writing",
                "texts of 1 to 4 letters and digits that training never shows",
                List.of("characters", "texts"));
        Random random = new Random(size.seed() + 27);
        List<String> texts = new ArrayList<>();
        List<byte[]> drawn = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < size.prompts(); i++) {
            Writing writing = Writing.random(false, random);
            texts.add(writing.content());
            drawn.add(writing.draw());
            String prompt = FineTuningTask.WRITING.text(0, Map.of("content", writing.content()));
            requests.add(asking.draw(prompt, Map.of("documents", 0), i));
        }
        section.row("chance", List.of(Figure.share(1.0 / 36), Figure.share(0)));
        section.row(
                "tokenizer's ceiling",
                readable(texts, drawn.stream().map(tokenizer).toList()));
        section.row("nearest training picture", readable(texts, nearestWritings(drawn)));
        Answers answers = asking.ask("writing", requests);
        section.row("drawn", readable(texts, answers.pictures()), answers);
    }

    /// Of as many texts of training as there are portraits in a [Gallery], the pictures that are most alike.
    private List<byte[]> nearestWritings(List<byte[]> pictures) {
        Random random = new Random(size.seed() + 28);
        List<Writing> trained = IntStream.range(0, Evaluation.GALLERY)
                .mapToObj(i -> Writing.random(true, random))
                .toList();
        var gallery = new Thumbnails(
                trained.stream().map(w -> Thumbnails.of(w.draw(), Scene.SIZE)).toList());
        return pictures.stream()
                .map(picture -> trained.get(gallery.nearest(Thumbnails.of(picture, Scene.SIZE)))
                        .draw())
                .toList();
    }

    /// A character counts where as many are read as were asked for.
    private static List<Figure> readable(List<String> texts, List<byte[]> pictures) {
        int[] characters = new int[texts.size()], right = new int[texts.size()];
        int whole = 0;
        for (int i = 0; i < texts.size(); i++) {
            String asked = texts.get(i), read = Writing.read(pictures.get(i));
            characters[i] = asked.length();
            if (read.length() == asked.length())
                right[i] = (int) IntStream.range(0, asked.length())
                        .filter(at -> read.charAt(at) == asked.charAt(at))
                        .count();
            if (read.equals(asked)) whole++;
        }
        return List.of(Figure.grouped(right, characters), Figure.of(whole, texts.size()));
    }

    private static List<Thing> boxable(Thing.Split split) {
        return split.things().stream().filter(SceneCaptions::boxable).toList();
    }

    private List<Figure> hits(List<Scene> scenes, List<byte[]> pictures) {
        int n = scenes.size(), all = 0, grounds = 0;
        int[] boxes = new int[n], hit = new int[n], own = new int[n];
        for (int i = 0; i < n; i++) {
            Scene scene = scenes.get(i);
            byte[] picture = pictures.get(i);
            Map<Place, Box> drawn = SceneRuler.boxes(picture);
            boxes[i] = scene.cards().size();
            for (var asked : scene.cards().entrySet()) {
                Place place = asked.getKey();
                Box box = new Box(place.left(), place.top(), Card.SIZE, Card.SIZE);
                if (drawn.values().stream().noneMatch(there -> there.hits(box))) continue;
                hit[i]++;
                if (isRecognised(picture, place, asked.getValue())) own[i]++;
            }
            if (hit[i] == boxes[i] && drawn.size() == hit[i]) all++;
            if (SceneRuler.read(picture).ground() == scene.ground()) grounds++;
        }
        return List.of(
                Figure.grouped(hit, boxes), Figure.grouped(own, boxes), Figure.of(all, n), Figure.of(grounds, n));
    }

    /// What is said of scenes: where, on what, and what it is.
    private void described() {
        for (Thing.Split split : List.of(Thing.Split.TRAIN, Thing.Split.TEST)) {
            boolean seen = split == Thing.Split.TRAIN;
            Section section = report.section(
                    seen ? "Scenes described, things of training" : "Scenes described, things never trained on",
                    seen ? SEEN : UNSEEN,
                    List.of("places", "ground", "words of the labels said"));
            List<Scene> scenes = scenes(split, new Random(size.seed() + 23 + split.ordinal()));
            List<Map<String, Object>> requests = new ArrayList<>();
            for (Scene scene : scenes) requests.add(asking.read(TextTasks.DESCRIBE, scene.draw(), requests.size()));
            Answers answers = asking.ask("scenes described", requests);
            section.row(
                    "chance",
                    List.of(
                            Figure.share(1.0 / Place.values().length),
                            Figure.share(1.0 / Background.values().length),
                            Figure.NONE));
            var ruler = new SceneRuler(split.things());
            List<String> read = scenes.stream()
                    .map(scene -> caption(ruler, tokenizer.apply(scene.draw())))
                    .toList();
            section.row("tokenizer's ceiling", said(scenes, read));
            List<String> nearest = scenes.stream()
                    .map(scene -> SceneCaptions.canonical(nearestScene(scene)))
                    .toList();
            if (!seen) section.row("caption of the nearest training picture", said(scenes, nearest));
            section.row("described", said(scenes, answers.texts()), answers);
            Section texts = report.section(
                    seen ? "Captions of scenes as texts, things of training" : "Captions of scenes as texts",
                    seen ? SEEN : UNSEEN,
                    Evaluation.TEXT_MEASURES);
            List<String> truth = scenes.stream().map(SceneCaptions::canonical).toList();
            texts.row("tokenizer's ceiling", Evaluation.texts(read, truth));
            if (!seen) texts.row("caption of the nearest training picture", Evaluation.texts(nearest, truth));
            texts.row("described", Evaluation.texts(answers.texts(), truth), answers);
        }
    }

    /// What the ruler reads in a picture; nothing where nothing stands.
    private static String caption(SceneRuler ruler, byte[] picture) {
        SceneRuler.Reading reading = SceneRuler.read(picture);
        Map<Place, Card> cards = new EnumMap<>(Place.class);
        for (Place place : reading.taken()) cards.put(place, Card.of(ruler.nearest(picture, place)));
        return cards.isEmpty() ? "" : SceneCaptions.canonical(new Scene(cards, reading.ground()));
    }

    private static List<Figure> said(List<Scene> scenes, List<String> captions) {
        long places = 0, grounds = 0;
        int[] words = new int[scenes.size()], said = new int[scenes.size()];
        for (int i = 0; i < scenes.size(); i++) {
            Scene scene = scenes.get(i);
            SceneCaptions.Said caption = SceneCaptions.read(captions.get(i));
            if (caption.labels().keySet().equals(scene.cards().keySet())) places++;
            if (caption.ground().equals(SceneCaptions.word(scene.ground()))) grounds++;
            Place place = scene.cards().keySet().iterator().next();
            List<String> told = words(caption.labels().getOrDefault(place, ""));
            for (String word : words(only(scene).thing().label())) {
                words[i]++;
                if (told.contains(word)) said[i]++;
            }
        }
        return List.of(
                Figure.of(places, scenes.size()), Figure.of(grounds, scenes.size()), Figure.grouped(said, words));
    }

    private static List<String> words(String label) {
        return List.of(label.split("[^a-z0-9]+"));
    }

    /// About scenes of one thing; how many things there are is asked of every second one with another thing
    /// in it.
    private void questions() {
        Section section = report.section("Questions about scenes", UNSEEN, List.of());
        Random random = new Random(size.seed() + 25), more = new Random(size.seed() + 29);
        var questions = new Questions();
        List<Scene> scenes = scenes(Thing.Split.TEST, random);
        for (int i = 0; i < scenes.size(); i++) {
            Scene scene = scenes.get(i);
            QuestionAnswer question = Options.pick(SceneCaptions.questions(scene, random), random);
            if (i % 2 == 1 && question.equals(SceneCaptions.count(scene))) {
                scene = besideAnother(scene, more);
                question = SceneCaptions.count(scene);
            }
            questions.add(question, scene.draw());
        }
        questions.ask("questions on scenes", asking, section);
        List<QuestionAnswer> many = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            Scene scene = Scene.of(Card.of(Thing.Split.TRAIN.things().getFirst()), random);
            QuestionAnswer one = SceneCaptions.count(scene), two = SceneCaptions.count(besideAnother(scene, more));
            for (QuestionAnswer question : SceneCaptions.questions(scene, random))
                many.add(i % 2 == 1 && question.equals(one) ? two : question);
        }
        Questions.guessed(many, section);
    }

    private static Scene besideAnother(Scene scene, Random random) {
        Card other = Card.of(Options.pick(Thing.Split.TEST.things(), random));
        return Scene.of(List.of(only(scene), other), 2, random).on(scene.ground());
    }

    private List<Scene> scenes(Thing.Split split, Random random) {
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < size.prompts())
            scenes.add(Scene.of(
                    Card.of(split.things().get(random.nextInt(split.things().size()))), random));
        return scenes;
    }

    private List<Figure> ranks(List<Scene> asked, List<Card> cards, List<byte[]> pictures) {
        int n = asked.size(), first = 0, five = 0, places = 0, grounds = 0;
        List<Integer> ranks = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Place place = asked.get(i).cards().keySet().iterator().next();
            int rank = ruler(cards.get(i))
                    .rank(pictures.get(i), place, cards.get(i).thing());
            ranks.add(rank);
            if (rank == 1) first++;
            if (rank <= 5) five++;
            SceneRuler.Reading reading = SceneRuler.read(pictures.get(i));
            if (reading.taken().equals(asked.get(i).cards().keySet())) places++;
            if (reading.ground() == asked.get(i).ground()) grounds++;
        }
        Collections.sort(ranks);
        return List.of(
                Figure.of(first, n),
                Figure.of(five, n),
                Figure.number("%.0f", ranks.get(n / 2)),
                Figure.of(places, n),
                Figure.of(grounds, n));
    }

    private List<Figure> pairs(List<Scene> asked, List<byte[]> pictures) {
        int n = asked.size(), both = 0, places = 0, grounds = 0;
        int[] things = new int[n], right = new int[n];
        for (int i = 0; i < n; i++) {
            things[i] = 2;
            for (var entry : asked.get(i).cards().entrySet())
                if (isRecognised(pictures.get(i), entry.getKey(), entry.getValue())) right[i]++;
            if (right[i] == 2) both++;
            SceneRuler.Reading reading = SceneRuler.read(pictures.get(i));
            if (reading.taken().equals(asked.get(i).cards().keySet())) places++;
            if (reading.ground() == asked.get(i).ground()) grounds++;
        }
        return List.of(Figure.of(both, n), Figure.grouped(right, things), Figure.of(places, n), Figure.of(grounds, n));
    }

    private boolean isRecognised(byte[] picture, Place place, Card card) {
        return ruler(card).rank(picture, place, card.thing()) == 1;
    }

    private SceneRuler ruler(Card card) {
        SceneRuler ruler = rulers.get(card.thing().style());
        if (ruler == null) throw new IllegalStateException("no ruler for " + card.thing());
        return ruler;
    }

    /// For each thing another of its style.
    private static List<Named> others(List<Named> things) {
        return IntStream.range(0, things.size())
                .mapToObj(i -> {
                    for (int j = 1; j < things.size(); j++) {
                        Named other = things.get((i + j) % things.size());
                        Thing a = things.get(i).card().thing(), b = other.card().thing();
                        if (a.style().equals(b.style()) && !a.equals(b)) return other;
                    }
                    throw new IllegalStateException("too few things to choose a wrong one");
                })
                .toList();
    }

    private static byte[] nearest(Scene asked) {
        return nearestScene(asked).draw();
    }

    /// The asked scene with the training things that look most like those asked for.
    private static Scene nearestScene(Scene asked) {
        Map<Place, Card> cards = new EnumMap<>(Place.class);
        asked.cards().forEach((place, card) -> cards.put(place, Card.of(nearestThing(card.thing()))));
        return new Scene(cards, asked.ground());
    }

    private static Thing nearestThing(Thing thing) {
        Thing best = thing;
        long least = Long.MAX_VALUE;
        for (Thing other : Thing.Split.TRAIN.things()) {
            long sum = 0;
            for (int i = 0; i < thing.rgb().length && sum < least; i++) {
                int difference = (thing.rgb()[i] & 255) - (other.rgb()[i] & 255);
                sum += (long) difference * difference;
            }
            if (sum < least) {
                least = sum;
                best = other;
            }
        }
        return best;
    }

    private static Card only(Scene scene) {
        return scene.cards().values().iterator().next();
    }

    private Answers ask(IntFunction<Map<String, Object>> retrieval, String what) {
        return asking.ask(
                what,
                IntStream.range(0, things.size())
                        .mapToObj(i -> asking.draw(things.get(i).prompt(), retrieval.apply(i), i))
                        .toList());
    }
}
