package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.Bootstrap;
import dev.cm3leon.metrics.Share;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.evaluation.PlatformClient.Found;
import dev.cm3leon.trainer.evaluation.Report.Section;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Place;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.Thing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How well documents are found: by CLIP's vector of a text, of a picture, of both, and by the search of a running
/// platform, which also looks for rare words.
final class Retrieval {
    private static final List<String> COLUMNS = List.of("R@1", "R@5", "median rank");
    private static final int DRAWS = 100_000; // in vain, before there are no more characters
    private static final int MOST = 50; // that a search of the platform answers
    private static final int SHOWN = 8; // rows of the sheet of each kind

    private final PlatformClient platform;
    private final ClipEncoder clip;
    private final Function<Thing, float[]> network;
    private final Evaluation.Size size;
    private final Report report;
    private final Sheet sheet = new Sheet(Avatars.SIZE, 2, 2, List.of("looked for", "1", "2", "3", "4", "5"));

    /// @param network features of another network, as a baseline
    Retrieval(PlatformClient platform, ClipEncoder clip, Function<Thing, float[]> network, Evaluation.Size size) {
        this.platform = platform;
        this.clip = clip;
        this.network = network;
        this.size = size;
        this.report = new Report(size);
    }

    /// @param picture interleaved, 64 x 64
    private record Document(String id, String text, byte[] picture) {}

    /// What is searched with, and which documents are right.
    private record Query(String text, byte[] picture, SortedSet<String> right) {
        Query(String text, byte[] picture, String right) {
            this(text, picture, new TreeSet<>(Set.of(right)));
        }
    }

    /// Measures, and draws `sheet-search.png` of what is found by pictures.
    ///
    /// @param wanted names of the parts to measure, or none for all; `styles` asks nothing of the platform
    Report run(Set<String> wanted, Path output) throws IOException {
        SequencedMap<String, Runnable> parts = new LinkedHashMap<>();
        parts.put("portraits", this::portraits);
        parts.put("things", this::things);
        parts.put("styles", this::crossStyle);
        if (!parts.keySet().containsAll(wanted))
            throw new Arguments.Wrong("need --parts of %s, got %s".formatted(parts.keySet(), wanted));
        parts.forEach((name, part) -> {
            if (wanted.isEmpty() || wanted.contains(name)) part.run();
        });
        if (!sheet.isEmpty()) sheet.write(output.resolve("sheet-search.png"));
        return report;
    }

    /// One document of each character; held-out ones are asked for.
    private void portraits() {
        Random random = new Random(size.seed() + 60);
        List<Document> documents = new ArrayList<>();
        List<Query> described = new ArrayList<>(), named = new ArrayList<>();
        Set<Identity> seen = new HashSet<>();
        Set<String> names = new HashSet<>();
        int inVain = 0;
        while (documents.size() < size.bank()) {
            boolean asked = named.size() < size.prompts();
            Portrait portrait = Portrait.random(random);
            if (portrait.withheld() || portrait.identity().heldOut() != asked || !seen.add(portrait.identity())) {
                if (++inVain > DRAWS)
                    throw new Arguments.Wrong(
                            asked
                                    ? "need --prompts <= %d, as many characters are never trained on, got %d"
                                            .formatted(named.size(), size.prompts())
                                    : "need --bank <= %d, as many characters there are, got %d"
                                            .formatted(documents.size(), size.bank()));
                continue;
            }
            inVain = 0;
            String name = Names.heldOut(names, random), id = "retrieval-portrait-" + documents.size();
            documents.add(new Document(id, Captions.document(name, portrait, random), Avatars.draw(portrait)));
            if (!asked) continue;
            Portrait again = portrait.again(random);
            byte[] other = Avatars.draw(again);
            described.add(new Query(Captions.complete(portrait, random), other, id));
            named.add(new Query(Captions.named(name, again, random), other, id));
        }
        MemoryBank bank = bank("characters", documents);
        Section section = report.section("Characters never trained on", Evaluation.Split.STRANGERS, COLUMNS);
        searched(section, bank, named);
        section.setting("described_sha256", EvaluationSpecification.sha256(described));
        chance(section, documents.size());
        List<float[]> vectors = vectors(documents), pictures = pictures(documents);
        section.row("another picture of the character", byVector(this::byPicture, named, documents, pictures));
        section.row(
                "the same, compared with text and picture together",
                byVector(this::byPicture, named, documents, vectors));
        section.row("prompt with the name, CLIP alone", byVector(this::byText, named, documents, vectors));
        section.row("both", byVector(this::byBoth, named, documents, vectors));
        section.row("both, compared with pictures", byVector(this::byBoth, named, documents, pictures));
        section.row("another picture of the character, the platform's search", ranks(bank, named, Retrieval::lookedAt));
        section.row("prompt with the name, hybrid (the platform's search)", ranks(bank, named, Retrieval::read));
        section.row("both, hybrid", ranks(bank, named, Retrieval::lookedAtAndRead));
        show(bank, named);
        section.row(
                "full description without a name, CLIP alone", byVector(this::byText, described, documents, vectors));
        section.row("full description, hybrid", ranks(bank, described, Retrieval::read));
        section.row(
                "full description, pictures without captions", byVector(this::byText, described, documents, pictures));
    }

    /// One document of each thing.
    private void things() {
        Random random = new Random(size.seed() + 61);
        List<Document> named = new ArrayList<>(), labelled = new ArrayList<>();
        List<Query> byName = new ArrayList<>(), byLabel = new ArrayList<>();
        Map<String, SortedSet<String>> concepts = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        List<Thing> things = Thing.Split.TEST.things();
        for (int i = 0; i < things.size(); i++) {
            Card card = Card.of(things.get(i));
            Scene shown = Scene.of(card, random), asked = Scene.of(card, random);
            String name = Names.heldOut(names, random), id = "retrieval-thing-" + i;
            named.add(new Document(id, SceneCaptions.document(shown, any -> name, random), shown.draw()));
            byName.add(new Query(SceneCaptions.complete(asked, any -> name, random), asked.draw(), id));
            String label = "retrieval-label-" + i;
            labelled.add(new Document(label, SceneCaptions.document(shown, Retrieval::label, random), shown.draw()));
            SortedSet<String> same = concepts.computeIfAbsent(card.thing().label(), _ -> new TreeSet<>());
            same.add(label);
            byLabel.add(new Query(SceneCaptions.complete(asked, Retrieval::label, random), asked.draw(), same));
        }
        MemoryBank namedBank = bank("things", named);
        Section section = report.section("Things never trained on, under a name", SceneEvaluation.UNSEEN, COLUMNS);
        searched(section, namedBank, byName);
        chance(section, named.size());
        List<float[]> vectors = vectors(named), pictures = pictures(named);
        section.row("another picture of the thing", byVector(this::byPicture, byName, named, pictures));
        section.row(
                "the same, compared with text and picture together", byVector(this::byPicture, byName, named, vectors));
        section.row("prompt with the name, CLIP alone", byVector(this::byText, byName, named, vectors));
        section.row("both", byVector(this::byBoth, byName, named, vectors));
        section.row("both, compared with pictures", byVector(this::byBoth, byName, named, pictures));
        section.row(
                "another picture of the thing, the platform's search", ranks(namedBank, byName, Retrieval::lookedAt));
        section.row("prompt with the name, hybrid (the platform's search)", ranks(namedBank, byName, Retrieval::read));
        section.row("both, hybrid", ranks(namedBank, byName, Retrieval::lookedAtAndRead));
        show(namedBank, byName);

        MemoryBank labelledBank = bank("things under their labels", labelled);
        Section labels = report.section(
                "Things never trained on, under their labels (any style of the thing is right)",
                SceneEvaluation.UNSEEN,
                COLUMNS);
        searched(labels, labelledBank, byLabel);
        chance(
                labels,
                labelled.size(),
                byLabel.stream().map(query -> query.right().size()).toList());
        List<float[]> labelVectors = vectors(labelled);
        labels.row("another picture of the thing", byVector(this::byPicture, byLabel, labelled, pictures));
        labels.row(
                "the same, compared with text and picture together",
                byVector(this::byPicture, byLabel, labelled, labelVectors));
        labels.row("prompt with the label, CLIP alone", byVector(this::byText, byLabel, labelled, labelVectors));
        labels.row("both", byVector(this::byBoth, byLabel, labelled, labelVectors));
        labels.row("both, compared with pictures", byVector(this::byBoth, byLabel, labelled, pictures));
        labels.row(
                "another picture of the thing, the platform's search",
                ranks(labelledBank, byLabel, Retrieval::lookedAt));
        labels.row("prompt with the label, hybrid", ranks(labelledBank, byLabel, Retrieval::read));
        labels.row("both, hybrid", ranks(labelledBank, byLabel, Retrieval::lookedAtAndRead));
        labels.row(
                "prompt with the label, pictures without captions",
                byVector(this::byText, byLabel, labelled, pictures));
    }

    private static String label(Card card) {
        return card.thing().label();
    }

    /// The same thing in another style, by picture alone, by 15 x 15 pixels and by the features of another
    /// network: over all ordered pairs of styles. Encoders are to be chosen by the things for validation.
    private void crossStyle() {
        for (Thing.Split split : List.of(Thing.Split.VALIDATION, Thing.Split.TEST, Thing.Split.TRAIN)) {
            Map<String, Map<String, Thing>> styles = new LinkedHashMap<>();
            for (Thing thing : split.things())
                styles.computeIfAbsent(thing.style(), s -> new LinkedHashMap<>())
                        .putIfAbsent(thing.label(), thing);
            Set<String> common = new TreeSet<>(styles.values().iterator().next().keySet());
            styles.values().forEach(style -> common.retainAll(style.keySet()));
            List<String> concepts = common.stream().limit(300).toList();
            Section section = report.section(
                    "The same thing in another style, "
                            + switch (split) {
                                case VALIDATION -> "things to choose encoders by";
                                case TEST -> "things never trained on";
                                case TRAIN -> "300 things of training";
                            },
                    of(split) + ", " + concepts.size() + " in each of " + styles.keySet(),
                    List.of("R@1", "R@5", "median rank"));
            chance(section, concepts.size());
            section.resized(MobileNetFeatures.RESIZE);
            List<Integer> byNetwork = crossStyle(styles, concepts, thing -> Vectors.unit(network.apply(thing)));
            List<Integer> byClip = crossStyle(
                    styles,
                    concepts,
                    thing -> picture(new Scene(Map.of(Place.TOP_LEFT, Card.of(thing)), Background.WHITE).draw()));
            List<Integer> of = IntStream.range(0, byClip.size())
                    .mapToObj(i -> i % concepts.size())
                    .toList();
            section.row("15 x 15 pixels", figures(crossStyle(styles, concepts, Retrieval::pixels), of));
            section.row("MobileNetV2Mid features", figures(byNetwork, of));
            section.row("CLIP, both at one place on white", figures(byClip, of));
            section.row(
                    "CLIP less MobileNetV2Mid, points",
                    List.of(
                            difference(byClip, byNetwork, 1, concepts.size()),
                            difference(byClip, byNetwork, 5, concepts.size()),
                            Figure.NONE));
        }
    }

    private static String of(Thing.Split split) {
        return switch (split) {
            case TRAIN -> SceneEvaluation.SEEN;
            case TEST -> SceneEvaluation.UNSEEN;
            case VALIDATION -> "emoji of 35 families that neither training nor a test shows";
        };
    }

    /// Ranks of all concepts, once for each ordered pair of styles.
    private static List<Integer> crossStyle(
            Map<String, Map<String, Thing>> styles, List<String> concepts, Function<Thing, float[]> features) {
        Map<String, List<float[]>> vectors = new LinkedHashMap<>();
        styles.forEach((style, things) -> vectors.put(
                style,
                concepts.stream()
                        .map(things::get)
                        .map(thing -> features.apply(java.util.Objects.requireNonNull(thing)))
                        .toList()));
        List<Integer> ranks = new ArrayList<>();
        vectors.forEach((from, queries) -> vectors.forEach((to, found) -> {
            if (from.equals(to)) return;
            for (int i = 0; i < concepts.size(); i++) ranks.add(rank(queries.get(i), found, Set.of(i)));
        }));
        return ranks;
    }

    /// How much more often one finds the right concept among its first, in points, with a 95 % interval: both
    /// are asked the same queries, and a concept's own go together.
    ///
    /// @param ranks of all concepts, again and again
    static Figure difference(List<Integer> ranks, List<Integer> others, int among, int concepts) {
        double[] each = new double[concepts];
        for (int i = 0; i < ranks.size(); i++) {
            int more = (ranks.get(i) <= among ? 1 : 0) - (others.get(i) <= among ? 1 : 0);
            each[i % concepts] += (double) more * concepts / ranks.size();
        }
        double mean = Arrays.stream(each).average().orElseThrow();
        Share.Interval interval = Bootstrap.ofMean(each, 0.95);
        String text = String.format(
                Locale.ROOT, "%+.1f [%+.1f, %+.1f]", 100 * mean, 100 * interval.low(), 100 * interval.high());
        return new Figure(text, mean, null, null, interval.low(), interval.high());
    }

    /// Colours of a thing less their mean, 15 x 15: a unit vector, so that cosines order as squared differences do.
    private static float[] pixels(Thing thing) {
        int side = Thing.SIZE / 2;
        float[] small = new float[side * side * 3];
        for (int i = 0; i < thing.rgb().length; i++) {
            int x = i / 3 % Thing.SIZE / 2, y = i / 3 / Thing.SIZE / 2;
            small[3 * (y * side + x) + i % 3] += thing.rgb()[i] & 255;
        }
        float mean = 0;
        for (float value : small) mean += value / small.length;
        for (int i = 0; i < small.length; i++) small[i] -= mean;
        return Vectors.unit(small);
    }

    private MemoryBank bank(String name, List<Document> documents) {
        return new MemoryBank(
                platform,
                "retrieval, " + name,
                documents.stream()
                        .map(one -> new MemoryBank.Document(one.id(), one.text(), Avatars.png(one.picture())))
                        .toList());
    }

    /// Says what is looked for, and in what.
    private static void searched(Section section, MemoryBank bank, List<Query> queries) {
        section.pictures(queries.size());
        section.setting("documents", bank.licence());
        section.setting("queries_sha256", EvaluationSpecification.sha256(queries));
    }

    private List<float[]> vectors(List<Document> documents) {
        return documents.stream()
                .map(d -> Vectors.document(clip.encode(d.text()), picture(d.picture())))
                .toList();
    }

    private List<float[]> pictures(List<Document> documents) {
        return documents.stream().map(d -> picture(d.picture())).toList();
    }

    private float[] byText(Query query) {
        return clip.encode(query.text());
    }

    private float[] byPicture(Query query) {
        return picture(query.picture());
    }

    private float[] byBoth(Query query) {
        return Vectors.document(byText(query), byPicture(query));
    }

    private float[] picture(byte[] rgb) {
        return clip.encode(new RgbImage(Avatars.SIZE, Avatars.SIZE, rgb));
    }

    private static List<Figure> byVector(
            Function<Query, float[]> vector, List<Query> queries, List<Document> documents, List<float[]> vectors) {
        List<Integer> ranks = new ArrayList<>();
        for (Query query : queries) {
            Set<Integer> right = new HashSet<>();
            for (int i = 0; i < documents.size(); i++)
                if (query.right().contains(documents.get(i).id())) right.add(i);
            ranks.add(rank(vector.apply(query), vectors, right));
        }
        return figures(ranks, subjects(queries));
    }

    private static List<Found> read(MemoryBank bank, Query query) {
        return bank.search(query.text(), null, MOST);
    }

    private static List<Found> lookedAt(MemoryBank bank, Query query) {
        return bank.search("", Avatars.png(query.picture()), MOST);
    }

    private static List<Found> lookedAtAndRead(MemoryBank bank, Query query) {
        return bank.search(query.text(), Avatars.png(query.picture()), MOST);
    }

    private static List<Figure> ranks(
            MemoryBank bank, List<Query> queries, BiFunction<MemoryBank, Query, List<Found>> search) {
        List<Integer> ranks = new ArrayList<>();
        for (Query query : queries) {
            List<Found> found = search.apply(bank, query);
            ranks.add(1
                    + IntStream.range(0, found.size())
                            .filter(i -> query.right().contains(found.get(i).document()))
                            .findFirst()
                            .orElse(MOST));
        }
        return figures(ranks, subjects(queries));
    }

    /// What queries are of: those of one subject look for the same documents.
    private static List<SortedSet<String>> subjects(List<Query> queries) {
        return queries.stream().map(Query::right).toList();
    }

    /// Adds what the platform finds by some pictures, at equal distances in their list.
    private void show(MemoryBank bank, List<Query> queries) {
        int shown = Math.min(SHOWN, queries.size());
        for (int i = 0; i < shown; i++) {
            Query query = queries.get(i * queries.size() / shown);
            List<byte @Nullable []> row = new ArrayList<>(List.of(query.picture()));
            lookedAt(bank, query).stream()
                    .limit(5)
                    .map(found -> platform.picture(found.picture()))
                    .forEach(row::add);
            sheet.add(query.text(), row);
        }
    }

    /// How many are nearer than the nearest right one, plus one.
    static int rank(float[] query, List<float[]> vectors, Set<Integer> right) {
        double best = right.stream()
                .mapToDouble(i -> Vectors.dot(query, vectors.get(i)))
                .max()
                .orElseThrow();
        return 1
                + (int) IntStream.range(0, vectors.size())
                        .filter(i -> !right.contains(i) && Vectors.dot(query, vectors.get(i)) > best)
                        .count();
    }

    /// What guessing among so many finds.
    static void chance(Section section, double documents) {
        chance(section, 1 / documents, 5 / documents, (documents + 1) / 2);
    }

    /// The same where several are right, of which the nearest counts.
    ///
    /// @param right how many are, for each query
    static void chance(Section section, int documents, List<Integer> right) {
        int median = IntStream.rangeClosed(1, documents)
                .filter(among -> guessed(documents, right, among) > 0.5)
                .findFirst()
                .orElseThrow();
        chance(section, guessed(documents, right, 1), guessed(documents, right, 5), median);
    }

    private static void chance(Section section, double first, double amongFive, double median) {
        section.row("chance", List.of(Figure.share(first), Figure.share(amongFive), Figure.number("%.0f", median)));
    }

    /// Share of the queries that have a right document among so many drawn by chance.
    private static double guessed(int documents, List<Integer> right, int among) {
        double found = 0;
        for (int count : right) {
            double none = 1;
            for (int i = 0; i < count; i++) none *= (double) Math.max(0, documents - among - i) / (documents - i);
            found += 1 - none;
        }
        return found / right.size();
    }

    /// How many are found first, among the first five, and the median.
    static List<Figure> figures(List<Integer> ranks) {
        return figures(ranks, IntStream.range(0, ranks.size()).boxed().toList());
    }

    /// The same of what is asked for again and again.
    ///
    /// @param subjects of the queries: those of one stand or fall together
    static List<Figure> figures(List<Integer> ranks, List<?> subjects) {
        int median = ranks.stream().sorted().toList().get(ranks.size() / 2);
        return List.of(
                found(ranks, subjects, 1),
                found(ranks, subjects, 5),
                median > MOST ? new Figure("> " + MOST, null, null, null, null, null) : Figure.number("%.0f", median));
    }

    private static Figure found(List<Integer> ranks, List<?> subjects, int among) {
        Map<Object, Integer> hits = new LinkedHashMap<>(), of = new LinkedHashMap<>();
        for (int i = 0; i < ranks.size(); i++) {
            hits.merge(subjects.get(i), ranks.get(i) <= among ? 1 : 0, Integer::sum);
            of.merge(subjects.get(i), 1, Integer::sum);
        }
        return of.size() == ranks.size()
                ? Figure.of(Arrays.stream(counts(hits)).sum(), ranks.size())
                : Figure.grouped(counts(hits), counts(of));
    }

    private static int[] counts(Map<?, Integer> counted) {
        return counted.values().stream().mapToInt(count -> count).toArray();
    }
}
