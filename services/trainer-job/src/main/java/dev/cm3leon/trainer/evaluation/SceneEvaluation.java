package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.Share;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.evaluation.Evaluation.Size;
import dev.cm3leon.trainer.evaluation.PlatformClient.Result;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Place;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.SceneEdit;
import dev.cm3leon.trainer.scenes.SceneRuler;
import dev.cm3leon.trainer.scenes.Thing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Named things of families that training never showed: drawn at another place on another ground, one and two; scenes
/// described, asked about and changed. A thing is recognised by [SceneRuler] among those of its style that were never
/// shown either.
final class SceneEvaluation {
    private static final int IN_FLIGHT = 12;

    private final PlatformClient platform;
    private final UnaryOperator<byte[]> tokenizer;
    private final Size size;
    private final Report report;
    private final Path output;
    private final Map<String, SceneRuler> rulers = Thing.Split.TEST.things().stream()
            .collect(Collectors.collectingAndThen(Collectors.groupingBy(Thing::style), byStyle -> {
                Map<String, SceneRuler> all = new HashMap<>();
                byStyle.forEach((style, things) -> all.put(style, new SceneRuler(things)));
                return all;
            }));

    SceneEvaluation(PlatformClient platform, UnaryOperator<byte[]> tokenizer, Size size, Report report, Path output) {
        this.platform = platform;
        this.tokenizer = tokenizer;
        this.size = size;
        this.report = report;
        this.output = output;
    }

    /// A thing in the memory bank under a name, and what is asked of it.
    private record Named(String document, String name, Card card, Scene shown, Scene asked, String prompt) {}

    void run() throws IOException {
        List<Named> things = things();
        one(things);
        two(things);
        edits();
        described();
        questions();
    }

    private List<Named> things() {
        Random random = new Random(size.seed() + 20);
        List<Named> things = new ArrayList<>();
        List<Thing> unseen = Thing.Split.TEST.things();
        while (things.size() < size.prompts()) {
            Card card = Card.of(unseen.get(random.nextInt(unseen.size())));
            Scene shown = Scene.of(card, random), asked = Scene.of(card, random);
            if (shown.cards().keySet().equals(asked.cards().keySet()) || shown.ground() == asked.ground()) continue;
            String name = Names.heldOut(random);
            var thing = new Named(
                    "eval-thing-" + things.size(),
                    name,
                    card,
                    shown,
                    asked,
                    SceneCaptions.complete(asked, any -> name, random));
            platform.addDocument(
                    thing.document(), SceneCaptions.document(shown, any -> name, random), Avatars.png(shown.draw()));
            things.add(thing);
        }
        things.forEach(thing -> platform.awaitIndexed(thing.document()));
        return things;
    }

    private void one(List<Named> things) throws IOException {
        List<Scene> asked = things.stream().map(Named::asked).toList();
        List<Card> own = things.stream().map(Named::card).toList();
        List<Named> others = others(things);
        List<Result> right = ask(things, i -> Map.of("documents", 1), "things, document found");
        List<Result> two = ask(things, i -> Map.of("documents", 2), "things, two documents found");
        List<Result> none = ask(things, i -> Map.of("documents", 0), "things, no document");
        List<Result> wrong =
                ask(things, i -> Map.of("given", List.of(others.get(i).document())), "things, wrong document");
        long found = IntStream.range(0, things.size())
                .filter(i -> right.get(i).evidence().contains(things.get(i).document()))
                .count();
        report.share("right thing found", found, things.size());

        report.table(
                "Named things never trained on",
                List.of("recognised (first of 115)", "among the first 5", "median rank", "place", "ground"));
        report.row("chance", List.of("0.9 %", "4.3 %", "58", "", ""));
        row(
                "tokenizer's ceiling",
                asked,
                own,
                asked.stream().map(s -> tokenizer.apply(s.draw())).toList());
        row(
                "copy the document",
                asked,
                own,
                things.stream().map(t -> t.shown().draw()).toList());
        row(
                "nearest training picture",
                asked,
                own,
                asked.stream().map(this::nearest).toList());
        row("right document, found by the index", asked, own, pictures(right));
        row("two documents found by the index", asked, own, pictures(two));
        row("no document", asked, own, pictures(none));
        row("wrong document, against the thing asked for", asked, own, pictures(wrong));
        row(
                "wrong document, against the document's thing",
                asked,
                others.stream().map(Named::card).toList(),
                pictures(wrong));

        Sheet sheet = new Sheet(
                Scene.SIZE, 2, 1, List.of("document", "with it", "its tokens", "without", "wrong document", "with it"));
        for (int i = 0; i < Math.min(16, things.size()); i++)
            sheet.add(
                    things.get(i).prompt(),
                    Arrays.asList(
                            things.get(i).shown().draw(),
                            right.get(i).rgb(),
                            tokenizer.apply(asked.get(i).draw()),
                            none.get(i).rgb(),
                            others.get(i).shown().draw(),
                            wrong.get(i).rgb()));
        sheet.write(output.resolve("sheet-things.png"));
    }

    private void two(List<Named> things) throws IOException {
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
            List<String> documents = first ? List.of(a.document(), b.document()) : List.of(b.document(), a.document());
            asked.add(scene);
            prompts.add(prompt);
            found.add(request(prompt, Map.of("documents", 2), i));
            given.add(request(prompt, Map.of("given", documents), i));
            reversed.add(request(prompt, Map.of("given", documents.reversed()), i));
        }
        List<Result> byIndex = generate(found, "two things, documents found");
        List<Result> inOrder = generate(given, "two things, documents in order");
        List<Result> otherWay = generate(reversed, "two things, documents reversed");
        report.table("Two named things in one scene", List.of("both recognised", "each", "both places", "ground"));
        pair(
                "tokenizer's ceiling",
                asked,
                asked.stream().map(s -> tokenizer.apply(s.draw())).toList());
        pair("documents found by the index", asked, pictures(byIndex));
        pair("documents in the order of the prompt", asked, pictures(inOrder));
        pair("documents in the other order", asked, pictures(otherWay));
        Sheet sheet = new Sheet(Scene.SIZE, 2, 2, List.of("document", "document", "drawn", "its tokens"));
        for (int i = 0; i < Math.min(16, things.size()); i++)
            sheet.add(
                    prompts.get(i),
                    Arrays.asList(
                            things.get(i).shown().draw(),
                            others.get(i).shown().draw(),
                            byIndex.get(i).rgb(),
                            tokenizer.apply(asked.get(i).draw())));
        sheet.write(output.resolve("sheet-two-things.png"));
    }

    /// Another ground or another place.
    private void edits() {
        Random random = new Random(size.seed() + 22);
        List<SceneEdit> edits = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        List<Thing> unseen = Thing.Split.TEST.things();
        for (int i = 0; i < size.prompts(); i++) {
            SceneEdit edit =
                    SceneEdit.random(Scene.of(Card.of(unseen.get(random.nextInt(unseen.size()))), random), random);
            edits.add(edit);
            requests.add(Map.of(
                    "parts",
                    List.of(
                            text(edit.instruction()),
                            image(edit.before()),
                            Map.of("type", "hole", "modality", "image")),
                    "retrieval",
                    Map.of("documents", 0),
                    "seed",
                    size.seed() * 1_000_003 + i));
        }
        List<byte[]> drawn = pictures(generate(requests, "scenes changed"));
        List<Scene> after = edits.stream().map(SceneEdit::after).toList();
        List<Card> cards = after.stream().map(SceneEvaluation::only).toList();
        report.table(
                "Scenes changed as told",
                List.of("recognised (first of 115)", "among the first 5", "median rank", "place", "ground"));
        row(
                "copy the picture",
                after,
                cards,
                edits.stream().map(e -> e.before().draw()).toList());
        row("drawn", after, cards, drawn);
    }

    /// What is said of scenes: where, on what, and what it is.
    private void described() {
        report.table(
                "Scenes described",
                List.of(
                        "places",
                        "ground",
                        "words of the labels said",
                        "the same, label of the nearest trained thing"));
        for (Thing.Split split : List.of(Thing.Split.TRAIN, Thing.Split.TEST)) {
            Random random = new Random(size.seed() + 23 + split.ordinal());
            List<Scene> scenes = scenes(split, random);
            List<Result> results = generate(
                    scenes.stream()
                            .map(scene -> reading("Describe the given picture. ", scene))
                            .toList(),
                    "scenes described");
            long places = 0, grounds = 0, words = 0, said = 0, nearest = 0;
            for (int i = 0; i < scenes.size(); i++) {
                Scene scene = scenes.get(i);
                SceneCaptions.Said caption = SceneCaptions.read(words(results.get(i)));
                if (caption.labels().keySet().equals(scene.cards().keySet())) places++;
                if (caption.ground().equals(SceneCaptions.word(scene.ground()))) grounds++;
                Place place = scene.cards().keySet().iterator().next();
                String told = caption.labels().getOrDefault(place, ""), other = nearestLabel(scene);
                for (String word : only(scene).thing().label().split("[^a-z0-9]+")) {
                    words++;
                    if (Arrays.asList(told.split("[^a-z0-9]+")).contains(word)) said++;
                    if (Arrays.asList(other.split("[^a-z0-9]+")).contains(word)) nearest++;
                }
            }
            report.row(
                    split == Thing.Split.TRAIN ? "things of training" : "things never trained on",
                    List.of(
                            share(places, scenes.size()),
                            share(grounds, scenes.size()),
                            share(said, words),
                            split == Thing.Split.TRAIN ? "" : share(nearest, words)));
        }
    }

    private void questions() {
        Random random = new Random(size.seed() + 25);
        List<Map<String, Object>> requests = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (Scene scene : scenes(Thing.Split.TEST, random)) {
            var all = SceneCaptions.questions(scene, random);
            var one = all.get(random.nextInt(all.size()));
            requests.add(reading("Question: " + one.question() + " Answer: ", scene));
            answers.add(one.answer());
        }
        List<Result> results = generate(requests, "questions on scenes");
        long right = IntStream.range(0, answers.size())
                .filter(i -> words(results.get(i)).strip().equalsIgnoreCase(answers.get(i)))
                .count();
        report.share("questions on scenes answered right", right, answers.size());
        report.say("the same with the picture not seen (the most frequent answer to each question): %.1f %%"
                .formatted(100 * guessed(random)));
    }

    private static double guessed(Random random) {
        Map<String, Map<String, Integer>> answers = new HashMap<>();
        for (int i = 0; i < 4000; i++) {
            Scene scene = Scene.of(Card.of(Thing.Split.TRAIN.things().getFirst()), random);
            for (var one : SceneCaptions.questions(scene, random))
                answers.computeIfAbsent(one.question(), q -> new HashMap<>()).merge(one.answer(), 1, Integer::sum);
        }
        long most = 0, all = 0;
        for (var counts : answers.values()) {
            most += counts.values().stream().mapToInt(n -> n).max().orElse(0);
            all += counts.values().stream().mapToInt(n -> n).sum();
        }
        return (double) most / all;
    }

    private List<Scene> scenes(Thing.Split split, Random random) {
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < size.prompts())
            scenes.add(Scene.of(
                    Card.of(split.things().get(random.nextInt(split.things().size()))), random));
        return scenes;
    }

    private void row(String what, List<Scene> asked, List<Card> cards, List<byte[]> pictures) {
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
        report.row(
                what,
                List.of(
                        share(first, n),
                        share(five, n),
                        Integer.toString(ranks.get(n / 2)),
                        share(places, n),
                        share(grounds, n)));
    }

    private void pair(String what, List<Scene> asked, List<byte[]> pictures) {
        int n = asked.size(), both = 0, each = 0, places = 0, grounds = 0;
        for (int i = 0; i < n; i++) {
            int right = 0;
            for (var entry : asked.get(i).cards().entrySet())
                if (ruler(entry.getValue())
                                .rank(
                                        pictures.get(i),
                                        entry.getKey(),
                                        entry.getValue().thing())
                        == 1) right++;
            each += right;
            if (right == 2) both++;
            SceneRuler.Reading reading = SceneRuler.read(pictures.get(i));
            if (reading.taken().equals(asked.get(i).cards().keySet())) places++;
            if (reading.ground() == asked.get(i).ground()) grounds++;
        }
        report.row(what, List.of(share(both, n), share(each, 2L * n), share(places, n), share(grounds, n)));
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

    /// The asked scene with the training thing that looks most like the one asked for.
    private byte[] nearest(Scene asked) {
        return new Scene(
                        Map.of(
                                asked.cards().keySet().iterator().next(),
                                Card.of(nearestThing(only(asked).thing()))),
                        asked.ground())
                .draw();
    }

    private String nearestLabel(Scene scene) {
        return nearestThing(only(scene).thing()).label();
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

    private static String share(long hits, long of) {
        return new Share(hits, of).toString();
    }

    private List<Result> ask(
            List<Named> things, java.util.function.IntFunction<Map<String, Object>> retrieval, String what) {
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < things.size(); i++)
            requests.add(request(things.get(i).prompt(), retrieval.apply(i), i));
        return generate(requests, what);
    }

    private List<Result> generate(List<Map<String, Object>> requests, String what) {
        return platform.generate(requests, IN_FLIGHT, done -> {
            if (done % 100 == 0 || done == requests.size())
                System.err.println(what + ": " + done + " of " + requests.size());
        });
    }

    private Map<String, Object> request(String prompt, Map<String, Object> retrieval, int i) {
        return Map.of("prompt", prompt, "retrieval", retrieval, "seed", size.seed() * 1_000_003 + i);
    }

    private Map<String, Object> reading(String text, Scene scene) {
        return Map.of(
                "parts",
                List.of(text(text), Map.of("type", "hole", "modality", "text"), image(scene)),
                "seed",
                size.seed());
    }

    private static Map<String, Object> text(String text) {
        return Map.of("type", "text", "text", text);
    }

    private static Map<String, Object> image(Scene scene) {
        return Map.of(
                "type", "image", "image", Map.of("b64", Base64.getEncoder().encodeToString(Avatars.png(scene.draw()))));
    }

    private static List<byte[]> pictures(List<Result> results) {
        return results.stream().map(SceneEvaluation::present).toList();
    }

    private static byte[] present(Result result) {
        byte @Nullable [] rgb = result.rgb();
        if (rgb == null) throw new IllegalStateException("generation " + result.id() + " has no image");
        return rgb;
    }

    private static String words(Result result) {
        return result.text() == null ? "" : result.text().toLowerCase(Locale.ROOT);
    }
}
