package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.avatars.Restyling;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Report.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Portraits that are given in part, as edges, or to be changed: holes in pictures and in texts, and the rows
/// of table 5 that make one picture from another.
final class InstructionEvaluation {
    private static final int CELL = 8;
    private static final int TRAINING = 4_000; // captions that a guess is from

    /// What is left out of a caption, and where it stands there.
    private static final SequencedMap<Attribute, Pattern> GAPS = new LinkedHashMap<>();

    static {
        GAPS.put(Attribute.SKIN, Pattern.compile("(\\S+) skin"));
        GAPS.put(Attribute.EYES, Pattern.compile("(open|closed)(?= eyes)|\\b(glasses|sunglasses)\\b"));
        GAPS.put(Attribute.CLOTHES_COLOUR, Pattern.compile("(\\S+) (t-shirt|jacket|dungarees|tank top|striped shirt)"));
        GAPS.put(Attribute.BACKGROUND, Pattern.compile("(\\S+) background"));
    }

    private final Asking asking;
    private final Judges judges;
    private final Gallery gallery;
    private final BiConsumer<Section, List<Portrait>> baselines;
    private final Evaluation.Size size;
    private final Report report;

    /// @param baselines writes the rows that every table of portraits begins with
    InstructionEvaluation(
            Asking asking,
            Judges judges,
            Gallery gallery,
            BiConsumer<Section, List<Portrait>> baselines,
            Evaluation.Size size,
            Report report) {
        this.asking = asking;
        this.judges = judges;
        this.gallery = gallery;
        this.baselines = baselines;
        this.size = size;
        this.report = report;
    }

    SequencedMap<String, Evaluation.Part> parts() {
        SequencedMap<String, Evaluation.Part> parts = new LinkedHashMap<>();
        parts.put("regions", this::regions);
        parts.put("gaps", this::gaps);
        parts.put("skins", this::skins);
        parts.put("edges", this::edges);
        parts.put("styles", this::styles);
        return parts;
    }

    /// The cells that another value of an attribute changes, drawn again for a caption that has it.
    private void regions() {
        Random random = new Random(size.seed() + 40);
        List<Edit> edits = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        List<double[]> regions = new ArrayList<>();
        while (edits.size() < size.prompts()) {
            Edit edit = Edit.random(Portrait.forTraining(random), random);
            if (edit.attribute() == Attribute.BACKGROUND) continue;
            byte[] before = Avatars.draw(edit.before());
            double[] region = changed(before, Avatars.draw(edit.after()));
            requests.add(asking.region(Captions.complete(edit.after(), random), before, region, edits.size()));
            regions.add(region);
            edits.add(edit);
        }
        Answers answers = asking.ask("regions", requests);
        Section section = changes("A region drawn again", edits, answers);
        double outside = 0;
        for (int i = 0; i < edits.size(); i++) {
            byte[] given = judges.throughTokenizer(Avatars.draw(edits.get(i).before()));
            outside += outside(given, answers.pictures().get(i), regions.get(i)) / edits.size();
        }
        section.say(
                "mean difference of a channel, of 255, outside the region, to the given picture through the tokenizer",
                Figure.number("%.2f", outside));
        section.say(
                "mean share of the picture that is drawn again",
                Figure.percentOf(
                        regions.stream().mapToDouble(r -> r[2] * r[3]).average().orElseThrow()));
    }

    /// Whole cells around what differs: left, top, width and height in parts of the picture.
    private static double[] changed(byte[] before, byte[] after) {
        int left = Avatars.SIZE, top = Avatars.SIZE, right = 0, bottom = 0;
        for (int i = 0; i < before.length; i++) {
            if (before[i] == after[i]) continue;
            int x = i / 3 % Avatars.SIZE, y = i / 3 / Avatars.SIZE;
            left = Math.min(left, x / CELL * CELL);
            top = Math.min(top, y / CELL * CELL);
            right = Math.max(right, (x / CELL + 1) * CELL);
            bottom = Math.max(bottom, (y / CELL + 1) * CELL);
        }
        double side = Avatars.SIZE;
        return new double[] {left / side, top / side, (right - left) / side, (bottom - top) / side};
    }

    private static double outside(byte[] given, byte[] drawn, double[] region) {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < given.length; i++) {
            double x = (double) (i / 3 % Avatars.SIZE) / Avatars.SIZE - region[0];
            double y = (double) (i / 3 / Avatars.SIZE) / Avatars.SIZE - region[1];
            if (x >= 0 && x < region[2] && y >= 0 && y < region[3]) continue;
            sum += Math.abs((given[i] & 255) - (drawn[i] & 255));
            count++;
        }
        return sum / Math.max(1, count);
    }

    /// One word of a caption, asked for between the words around it.
    private void gaps() {
        Section section = report.judged(
                "A word between two texts",
                Evaluation.Split.TRAINING,
                List.of("skin", "eyes", "clothes colour", "background", "all"));
        Random random = new Random(size.seed() + 41);
        List<Attribute> asked = new ArrayList<>();
        List<Portrait> portraits = new ArrayList<>(), nearest = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        List<Attribute> attributes = List.copyOf(GAPS.keySet());
        for (int i = 0; i < size.prompts(); i++) {
            Portrait portrait = Portrait.forTraining(random);
            Attribute attribute = attributes.get(i % attributes.size());
            byte[] picture = Avatars.draw(portrait);
            String caption = Captions.canonical(portrait);
            Matcher gap = gap(attribute, caption);
            String before = caption.substring(0, gap.start()).stripTrailing();
            requests.add(asking.between(
                    before, caption.substring(gap.start() + word(gap).length()), picture, i));
            asked.add(attribute);
            portraits.add(portrait);
            nearest.add(gallery.nearest(picture));
        }
        Answers answers = asking.ask("gaps", requests);
        section.row("the picture not seen: the most frequent word between the two next to it", guessed());
        List<Map<Attribute, String>> read = judges.read(portraits.stream()
                .map(portrait -> judges.throughTokenizer(Avatars.draw(portrait)))
                .toList());
        section.row("tokenizer's ceiling", said(asked, portraits, i -> word(asked.get(i), read.get(i))));
        section.row(
                "word of the nearest training picture",
                said(asked, portraits, i -> word(asked.get(i), nearest.get(i))));
        section.row("said", said(asked, portraits, i -> answers.texts().get(i)), answers);
    }

    /// How often the most frequent word between two words is right, of each kind of gap and of all in turn.
    private List<Figure> guessed() {
        Random random = new Random(size.seed() + 45);
        List<Portrait> many = Stream.generate(() -> Portrait.forTraining(random))
                .limit(TRAINING)
                .toList();
        double[] shares = GAPS.keySet().stream()
                .mapToDouble(attribute -> guessed(attribute, many))
                .toArray();
        List<Figure> figures = new ArrayList<>();
        for (double share : shares) figures.add(Figure.share(share));
        figures.add(Figure.share(Arrays.stream(shares).average().orElseThrow()));
        return figures;
    }

    private static double guessed(Attribute attribute, List<Portrait> many) {
        Map<List<String>, Map<String, Integer>> words = new HashMap<>();
        for (Portrait portrait : many) {
            String caption = Captions.canonical(portrait);
            Matcher gap = gap(attribute, caption);
            String before = caption.substring(0, gap.start()).strip(),
                    after = caption.substring(gap.start() + word(gap).length()).strip();
            List<String> beside = List.of(before.substring(before.lastIndexOf(' ') + 1), after.split(" ")[0]);
            words.computeIfAbsent(beside, _ -> new HashMap<>()).merge(word(gap), 1, Integer::sum);
        }
        int right = words.values().stream()
                .mapToInt(counts -> Collections.max(counts.values()))
                .sum();
        return (double) right / many.size();
    }

    private static String word(Attribute attribute, Portrait portrait) {
        return word(gap(attribute, Captions.canonical(portrait)));
    }

    /// As a caption has it.
    private static String word(Attribute attribute, Map<Attribute, String> read) {
        return read.getOrDefault(attribute, "").split(" ")[0];
    }

    private static Matcher gap(Attribute attribute, String caption) {
        Matcher gap = Objects.requireNonNull(GAPS.get(attribute)).matcher(caption);
        if (!gap.find()) throw new IllegalStateException("no " + attribute + " in " + caption);
        return gap;
    }

    private static String word(Matcher gap) {
        return gap.group().split(" ")[0];
    }

    private static List<Figure> said(List<Attribute> asked, List<Portrait> portraits, Function<Integer, String> words) {
        long[] right = new long[GAPS.size()], all = new long[GAPS.size()];
        List<Attribute> attributes = List.copyOf(GAPS.keySet());
        for (int i = 0; i < asked.size(); i++) {
            int kind = attributes.indexOf(asked.get(i));
            all[kind]++;
            if (word(asked.get(i), portraits.get(i)).equals(words.apply(i).toLowerCase(Locale.ROOT))) right[kind]++;
        }
        List<Figure> figures = new ArrayList<>();
        for (int kind = 0; kind < all.length; kind++) figures.add(Figure.of(right[kind], Math.max(1, all[kind])));
        figures.add(Figure.of(
                IntStream.range(0, all.length).mapToLong(k -> right[k]).sum(), asked.size()));
        return figures;
    }

    /// Another skin, in the words of table 5.
    private void skins() {
        Random random = new Random(size.seed() + 42);
        List<Edit> edits = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        while (edits.size() < size.prompts()) {
            Portrait portrait = Portrait.forTraining(random);
            if (!Edit.hasOtherSkin(portrait)) continue;
            Edit edit = Edit.skin(portrait, random);
            byte[] before = Avatars.draw(edit.before());
            requests.add(asking.edit(edit.instruction(), before, edits.size()));
            edits.add(edit);
        }
        changes("Another skin", edits, asking.ask("skins", requests));
    }

    /// Portraits with one attribute changed.
    private Section changes(String title, List<Edit> edits, Answers answers) {
        Section section = report.portraits(title, Evaluation.Split.TRAINING);
        List<Portrait> after = edits.stream().map(Edit::after).toList();
        baselines.accept(section, after);
        section.row(
                "copy the picture",
                Marks.of(
                        after,
                        judges.read(edits.stream()
                                .map(e -> Avatars.draw(e.before()))
                                .toList())));
        List<Map<Attribute, String>> read = judges.read(answers.pictures());
        section.row("drawn", Marks.of(after, read), answers);
        long changed = 0;
        for (int i = 0; i < edits.size(); i++) {
            Attribute attribute = edits.get(i).attribute();
            String asked = after.get(i).values().get(attribute);
            if (asked != null && asked.equals(read.get(i).get(attribute))) changed++;
        }
        section.say("the asked attribute came out as asked", Figure.of(changed, edits.size()));
        return section;
    }

    /// Portraits from their edges and a caption, in the words of table 5.
    private void edges() {
        Section section = report.portraits("From edges and a caption", Evaluation.Split.TRAINING);
        Random random = new Random(size.seed() + 43);
        List<Portrait> portraits = new ArrayList<>();
        List<byte[]> given = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < size.prompts(); i++) {
            Portrait portrait = Portrait.forTraining(random);
            byte[] edges = Restyling.edges(Avatars.draw(portrait), Avatars.SIZE);
            Map<String, String> caption = Map.of("caption", Captions.complete(portrait, random));
            requests.add(asking.from(edges, FineTuningTask.CANNY_EDGES, caption, i));
            portraits.add(portrait);
            given.add(edges);
        }
        baselines.accept(section, portraits);
        section.row("copy the edges", Marks.of(portraits, judges.read(given)));
        Answers answers = asking.ask("edges", requests);
        section.row("drawn", Marks.of(portraits, judges.read(answers.pictures())), answers);
    }

    /// The same picture in another style, in the words of table 5.
    private void styles() {
        List<Restyling> styles = List.of(Restyling.values());
        Section section = report.section(
                "In another style, PSNR in dB",
                Evaluation.Split.TRAINING,
                styles.stream().map(Restyling::instruction).toList());
        Random random = new Random(size.seed() + 44);
        List<byte[]> given = new ArrayList<>(), asked = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < size.prompts(); i++) {
            Restyling style = styles.get(i % styles.size());
            byte[] picture = Avatars.draw(Portrait.forTraining(random));
            requests.add(asking.edit(style.instruction(), picture, i));
            given.add(picture);
            asked.add(style.of(picture, Avatars.SIZE));
        }
        section.row(
                "tokenizer's ceiling",
                fidelity(asked, asked.stream().map(judges::throughTokenizer).toList()));
        section.row("copy the picture", fidelity(asked, given));
        Answers answers = asking.ask("styles", requests);
        section.row("drawn", fidelity(asked, answers.pictures()), answers);
    }

    /// Mean PSNR of the pictures of each style.
    private static List<Figure> fidelity(List<byte[]> asked, List<byte[]> pictures) {
        int styles = Restyling.values().length;
        return IntStream.range(0, styles)
                .mapToObj(style -> IntStream.range(0, asked.size())
                        .filter(i -> i % styles == style)
                        .mapToDouble(i -> Judges.psnr(asked.get(i), pictures.get(i)))
                        .toArray())
                .map(each -> Figure.mean("%.1f", each))
                .toList();
    }
}
