package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.metrics.Bleu;
import dev.cm3leon.metrics.Captioned;
import dev.cm3leon.metrics.Cider;
import dev.cm3leon.metrics.Frechet;
import dev.cm3leon.metrics.KernelDistance;
import dev.cm3leon.metrics.NearestNeighbours;
import dev.cm3leon.metrics.RougeL;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Half;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Report.Section;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What the model can do, asked through the running platform: every document is found by its index, not
/// given, except where a wrong one is meant to mislead.
///
/// Each table has its chance level, the tokenizer's ceiling (the true picture, encoded and decoded), the most
/// similar of 20,000 training pictures and, where there are documents, the document's own picture.
final class Evaluation {

    /// Where what is asked for comes from.
    static final class Split {
        static final String TRAINING = "portraits that training may show, none of its pictures in particular";
        static final String WITHHELD = "portraits with a pair of options that training never shows together";
        static final String STRANGERS = "characters of the 6 % that training never draws, under names it never reads";
    }

    static final String FIDELITY = "mean PSNR of the true pictures through the tokenizer, dB";

    /// Training pictures of which the most similar one is a baseline.
    static final int GALLERY = 20_000;

    private static final int REFERENCE = 1_000;
    private static final int NEIGHBOUR = 3; // whose distance is a ball's radius
    private static final Map<String, Object> NONE = Map.of("documents", 0);

    private final PlatformClient platform;
    private final Asking asking;
    private final Judges judges;
    private final Size size;
    private final Path output;
    private final Report report;
    private final Gallery gallery;
    private final SceneEvaluation scenes;
    private final List<Character> characters;
    private final MemoryBank bank;

    /// @param prompts pictures in each table
    /// @param bank characters in the memory bank
    /// @param seed of everything that is drawn by chance here
    record Size(int prompts, int bank, long seed) {}

    /// @param gallery training pictures
    Evaluation(PlatformClient platform, Asking asking, Judges judges, Gallery gallery, Size size, Path output) {
        this.platform = platform;
        this.asking = asking;
        this.judges = judges;
        this.size = size;
        this.output = output;
        this.report = new Report(size, judges::rulerSha256);
        this.gallery = gallery;
        this.scenes = new SceneEvaluation(asking, judges::throughTokenizer, size, report, output);
        this.characters = characters();
        this.bank = new MemoryBank(
                platform,
                "characters and things",
                Stream.concat(documents(), scenes.documents()).toList());
    }

    /// One part of an evaluation.
    interface Part {
        void run() throws IOException;
    }

    /// @param wanted names of the parts to measure, or none for all
    /// @param save called after each part, so that what has been measured is kept whatever comes
    Report run(Set<String> wanted, Consumer<Report> save) throws IOException {
        SequencedMap<String, Part> parts = new LinkedHashMap<>();
        parts.put("captions", this::captions);
        parts.put("withheld-pairs", this::withheldPairs);
        parts.put("characters", this::namedCharacters);
        parts.put("halves", this::parts);
        parts.put("edits", this::edits);
        parts.put("captioning", this::captioning);
        parts.put("questions", this::questions);
        parts.putAll(scenes.parts(bank));
        parts.putAll(new InstructionEvaluation(asking, judges, gallery, this::baselines, size, report).parts());
        if (!parts.keySet().containsAll(wanted))
            throw new Arguments.Wrong("need --parts of %s, got %s".formatted(parts.keySet(), wanted));
        if (Math.min(size.prompts(), size.bank()) < 2)
            throw new Arguments.Wrong(
                    "need --prompts and --bank >= 2, got %d and %d".formatted(size.prompts(), size.bank()));
        report.portraits("The ruler", Split.TRAINING).row("clean renders", score(training(1), Avatars::draw));
        for (var part : parts.entrySet()) {
            if (!wanted.isEmpty() && !wanted.contains(part.getKey())) continue;
            part.getValue().run();
            save.accept(report);
        }
        return report;
    }

    /// Portraits asked for in words that name everything.
    private void captions() throws IOException {
        Section section = report.portraits("Portraits from captions", Split.TRAINING);
        List<Portrait> portraits = training(2);
        Random random = new Random(size.seed() + 2);
        List<String> prompts =
                portraits.stream().map(p -> Captions.complete(p, random)).toList();
        Answers without = draw("captions, retrieval off", prompts, NONE);
        Answers with = draw("captions, retrieval on", prompts, bank.find(1));
        baselines(section, portraits);
        section.row("drawn", score(portraits, without.pictures()), without);
        List<Portrait> conditioned = new ArrayList<>();
        List<byte[]> copies = new ArrayList<>();
        for (int i = 0; i < portraits.size(); i++) {
            List<String> documents = with.results().get(i).evidencePictures();
            if (documents.isEmpty()) continue;
            conditioned.add(portraits.get(i));
            copies.add(platform.picture(documents.getFirst()));
        }
        if (!conditioned.isEmpty()) section.row("copy the document found", score(conditioned, copies));
        section.row("drawn, retrieval on", score(portraits, with.pictures()), with);
        section.say(
                FIDELITY, Judges.fidelity(portraits.stream().map(Avatars::draw).toList(), judges::throughTokenizer));
        sets(portraits, prompts, without, with);

        Sheet sheet = new Sheet(Avatars.SIZE, 2, 2, List.of("true picture", "its tokens", "drawn"));
        for (int i = 0; i < Math.min(32, portraits.size()); i++) {
            byte[] truth = Avatars.draw(portraits.get(i));
            sheet.add(prompts.get(i), Arrays.asList(truth, judges.throughTokenizer(truth), without.picture(i)));
        }
        sheet.write(output.resolve("sheet-prompts.png"));
    }

    /// The same pictures without asking for single attributes: how well they fit their prompts by CLIP, and how far the
    /// whole set is from true pictures.
    private void sets(List<Portrait> portraits, List<String> prompts, Answers without, Answers with) {
        Section section = report.section(
                "Portraits from captions, as sets",
                Split.TRAINING,
                List.of(
                        "CLIP score (own CLIP)",
                        "Fréchet distance (MobileNetV2Mid features)",
                        "kernel distance",
                        "precision",
                        "recall"));
        section.resized(MobileNetFeatures.RESIZE);
        float[][] reference = judges.features(
                training(11, REFERENCE).stream().map(Avatars::draw).toList());
        List<byte[]> truth = portraits.stream().map(Avatars::draw).toList();
        List<String> others = new ArrayList<>(prompts);
        Collections.rotate(others, 1);
        section.row("true pictures", set(truth, prompts, reference));
        section.row("true pictures, each with the prompt of another", set(truth, others, reference));
        section.row(
                "tokenizer's ceiling",
                set(truth.stream().map(judges::throughTokenizer).toList(), prompts, reference));
        section.row(
                "nearest training picture",
                set(portraits.stream().map(this::nearest).toList(), prompts, reference));
        section.row("drawn", set(without.pictures(), prompts, reference), without);
        section.row("drawn, retrieval on", set(with.pictures(), prompts, reference), with);
        section.say("true pictures that the distances are from", Figure.number("%.0f", REFERENCE));
    }

    private List<Figure> set(List<byte[]> pictures, List<String> prompts, float[][] reference) {
        float[][] features = judges.features(pictures);
        var cover = NearestNeighbours.of(reference, features, Math.min(NEIGHBOUR, features.length - 1));
        return List.of(
                Figure.mean("%.3f", judges.clipScores(pictures, prompts)),
                Figure.number("%.2f", Frechet.distance(features, reference)),
                Figure.number("%.3f", KernelDistance.unbiased(features, reference)),
                Figure.share(cover.precision()),
                Figure.share(cover.recall()));
    }

    /// What the true pictures lose in the tokenizer, and what a model gets that remembers and does not compose.
    private void baselines(Section section, List<Portrait> truth) {
        section.row("tokenizer's ceiling", score(truth, p -> judges.throughTokenizer(Avatars.draw(p))));
        section.row("nearest training picture", score(truth, this::nearest));
    }

    private byte[] nearest(Portrait truth) {
        return Avatars.draw(gallery.nearest(Avatars.draw(truth)));
    }

    /// Pairs of options that training never showed together.
    private void withheldPairs() {
        Section section = report.portraits("Withheld pairs", Split.WITHHELD);
        Random random = new Random(size.seed() + 3);
        List<Portrait> portraits = withheld(size.prompts(), random);
        List<String> prompts =
                portraits.stream().map(p -> Captions.complete(p, random)).toList();
        Answers drawn = draw("withheld pairs", prompts, NONE);
        Answers unguided = asking.ask("withheld pairs, no guidance", Asking.guided(drawn.requests(), 1));
        baselines(section, portraits);
        section.row("drawn", score(portraits, drawn.pictures()), drawn);
        section.row("drawn, no guidance", score(portraits, unguided.pictures()), unguided);
    }

    static List<Portrait> withheld(int count, RandomGenerator random) {
        List<Portrait> portraits = new ArrayList<>();
        while (portraits.size() < count) {
            Portrait portrait = Portrait.random(random);
            if (portrait.withheld()) portraits.add(portrait);
        }
        return portraits;
    }

    /// A character of the memory bank.
    private record Character(String document, String name, Portrait picture) {}

    /// Characters that were never a target of training, asked for by name in other clothes.
    private void namedCharacters() throws IOException {
        Section section = report.portraits("Named characters never trained on", Split.STRANGERS);
        List<Character> asked = characters.subList(0, Math.min(size.prompts(), characters.size()));
        List<Identity> who = identities(asked);
        Random random = new Random(size.seed() + 5);
        List<Portrait> truth = new ArrayList<>();
        List<Portrait> wrong = new ArrayList<>();
        List<Map<String, Object>> right = new ArrayList<>(), none = new ArrayList<>(), misled = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            Character character = asked.get(i);
            Character other = asked.get(somebodyElse(who, i, i + 1 + random.nextInt(asked.size() - 1)));
            Portrait again = character.picture().again(random);
            String prompt = Captions.complete(character.name(), again, random);
            truth.add(again);
            wrong.add(new Portrait(other.picture().identity(), again.look()));
            prompts.add(prompt);
            right.add(asking.draw(prompt, bank.find(1), i));
            none.add(asking.draw(prompt, NONE, i));
            misled.add(asking.draw(prompt, bank.give(other.document()), i));
        }
        Answers withRight = asking.ask("named, document found", right);
        Answers withNone = asking.ask("named, no document", none);
        Answers withWrong = asking.ask("named, wrong document", misled);
        section.say(
                "right document found among " + bank.size(),
                Figure.of(withRight.found(i -> Set.of(asked.get(i).document())), asked.size()));
        baselines(section, truth);
        section.row(
                "copy the document",
                score(
                        truth,
                        asked.stream()
                                .map(character -> Avatars.draw(character.picture()))
                                .toList()));
        section.row("right document, found by the index", score(truth, withRight.pictures()), withRight);
        section.row("no document", score(truth, withNone.pictures()), withNone);
        section.row("wrong document, against the character asked for", score(truth, withWrong.pictures()), withWrong);
        section.row("wrong document, against the document's character", score(wrong, withWrong.pictures()), withWrong);
        two(section, asked, truth, prompts);
        List<Naming.Asked> pictures = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            Character character = asked.get(i);
            pictures.add(new Naming.Asked(
                    Avatars.draw(truth.get(i)),
                    character.picture().identity(),
                    character.document(),
                    Avatars.draw(character.picture()),
                    character.name()));
        }
        new Naming(asking, bank, judges::throughTokenizer, report, "Characters told by their names", Split.STRANGERS)
                .ask("characters told", pictures);

        Sheet sheet = new Sheet(
                Avatars.SIZE,
                2,
                1,
                List.of("document", "with it", "true picture", "without", "wrong document", "with it"));
        Map<Identity, Portrait> shown = new LinkedHashMap<>();
        asked.forEach(character -> shown.put(character.picture().identity(), character.picture()));
        for (int i = 0; i < Math.min(10, asked.size()); i++) {
            Portrait misleading = shown.getOrDefault(wrong.get(i).identity(), wrong.get(i));
            sheet.add(
                    prompts.get(i),
                    Arrays.asList(
                            Avatars.draw(asked.get(i).picture()),
                            withRight.picture(i),
                            Avatars.draw(truth.get(i)),
                            withNone.picture(i),
                            Avatars.draw(misleading),
                            withWrong.picture(i)));
        }
        sheet.write(output.resolve("sheet-retrieval.png"));
    }

    /// The same with two documents, in the order of a search and in the other.
    private void two(Section section, List<Character> asked, List<Portrait> truth, List<String> prompts) {
        List<Identity> who = identities(asked);
        List<Map<String, Object>> found = new ArrayList<>(), last = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String other = asked.get(somebodyElse(who, i, i + 1)).document();
            found.add(asking.draw(prompts.get(i), bank.find(2), i));
            last.add(asking.draw(prompts.get(i), bank.give(other, asked.get(i).document()), i));
        }
        Answers byIndex = asking.ask("two documents", found);
        Answers otherWay = asking.ask("right one last", last);
        section.row("two documents, found by the index", score(truth, byIndex.pictures()), byIndex);
        section.row("two documents, the right one last", score(truth, otherWay.pictures()), otherWay);
    }

    private static List<Identity> identities(List<Character> characters) {
        return characters.stream()
                .map(character -> character.picture().identity())
                .toList();
    }

    /// Whose document is a wrong one for character i: the first from a place on, round and round, that is
    /// somebody else. There are fewer characters than names.
    static int somebodyElse(List<Identity> who, int i, int from) {
        return IntStream.range(from, from + who.size())
                .map(at -> at % who.size())
                .filter(at -> !who.get(at).equals(who.get(i)))
                .findFirst()
                .orElseThrow(() -> new Arguments.Wrong("need two characters among what is asked for: more --prompts"));
    }

    /// Characters of whom one document shows the upper half and another, in other clothes, the lower.
    private void parts() throws IOException {
        Section section = report.portraits("Two documents, each with half of the character", Split.STRANGERS);
        Random random = new Random(size.seed() + 8);
        List<Portrait> truth = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        List<byte[]> halves = new ArrayList<>();
        List<MemoryBank.Document> documents = new ArrayList<>();
        while (truth.size() < size.prompts()) {
            Portrait portrait = Portrait.stranger(random);
            String name = Names.heldOut(random);
            for (Half half : Half.values()) {
                Portrait shown = portrait.again(random);
                byte[] picture = half.of(Avatars.draw(shown));
                halves.add(picture);
                documents.add(new MemoryBank.Document(
                        half(half, truth.size()), Captions.document(name, shown, random), Avatars.png(picture)));
            }
            truth.add(portrait);
            prompts.add(Captions.complete(name, portrait, random));
        }
        MemoryBank own = new MemoryBank(platform, "halves", documents);
        section.setting("documents", own.licence());
        List<Map<String, Object>> requests = new ArrayList<>(), oneOnly = new ArrayList<>();
        for (int i = 0; i < truth.size(); i++) {
            String upper = half(Half.UPPER, i);
            requests.add(asking.draw(prompts.get(i), own.give(upper, half(Half.LOWER, i)), i));
            oneOnly.add(asking.draw(prompts.get(i), own.give(upper), i));
        }
        Answers both = asking.ask("halves", requests);
        Answers upper = asking.ask("one half", oneOnly);
        baselines(section, truth);
        List<byte[]> copied = new ArrayList<>();
        for (int i = 0; i < truth.size(); i++) copied.add(halves.get(2 * i));
        section.row("copy the upper half", score(truth, copied));
        section.row("both halves", score(truth, both.pictures()), both);
        section.row("the upper half alone", score(truth, upper.pictures()), upper);
        Sheet sheet = new Sheet(Avatars.SIZE, 2, 2, List.of("document", "document", "drawn", "true picture"));
        for (int i = 0; i < Math.min(12, truth.size()); i++)
            sheet.add(
                    prompts.get(i),
                    Arrays.asList(
                            halves.get(2 * i), halves.get(2 * i + 1), both.picture(i), Avatars.draw(truth.get(i))));
        sheet.write(output.resolve("sheet-parts.png"));
    }

    private static String half(Half half, int i) {
        return "eval-" + half.name().toLowerCase(Locale.ROOT) + "-" + i;
    }

    /// One attribute changed by an instruction.
    private void edits() throws IOException {
        Section section = report.portraits("Portraits changed as told", Split.TRAINING);
        Random random = new Random(size.seed() + 9);
        List<Edit> edits = training(9).stream()
                .map(portrait -> Edit.random(portrait, random))
                .toList();
        List<Map<String, Object>> requests = new ArrayList<>(), plain = new ArrayList<>();
        for (Edit edit : edits) {
            byte[] before = Avatars.draw(edit.before());
            plain.add(asking.told(edit.instruction(), before, requests.size()));
            requests.add(asking.edit(edit.instruction(), before, requests.size()));
        }
        Answers answers = asking.ask("edits", requests);
        Answers told = asking.ask("edits, the instruction alone", plain);
        List<byte[]> drawn = answers.pictures();
        List<Map<Attribute, String>> read = judges.read(drawn);
        long changed = 0;
        double elsewhere = 0, tokens = 0;
        for (int i = 0; i < edits.size(); i++) {
            Edit edit = edits.get(i);
            String asked = edit.after().values().get(edit.attribute());
            if (asked != null && asked.equals(read.get(i).get(edit.attribute()))) changed++;
            byte[] before = Avatars.draw(edit.before()), after = Avatars.draw(edit.after());
            elsewhere += difference(before, after, drawn.get(i)) / edits.size();
            tokens += difference(before, after, judges.throughTokenizer(after)) / edits.size();
        }
        List<Portrait> after = edits.stream().map(Edit::after).toList();
        baselines(section, after);
        section.row(
                "copy the picture",
                score(
                        after,
                        edits.stream().map(edit -> Avatars.draw(edit.before())).toList()));
        section.row("drawn", score(after, drawn), answers);
        section.row("drawn, the instruction alone", score(after, told.pictures()), told);
        section.say("the asked attribute came out as asked", Figure.of(changed, edits.size()));
        section.say(
                "mean difference of a channel, of 255, where nothing was to change", Figure.number("%.1f", elsewhere));
        section.say("the tokenizer's own", Figure.number("%.1f", tokens));
        Sheet sheet = new Sheet(Avatars.SIZE, 2, 3, List.of("given", "drawn"));
        for (int i = 0; i < Math.min(24, edits.size()); i++)
            sheet.add(
                    edits.get(i).instruction(),
                    Arrays.asList(Avatars.draw(edits.get(i).before()), drawn.get(i)));
        sheet.write(output.resolve("sheet-edits.png"));
    }

    /// Mean absolute difference of the drawn picture from the one before, over the pixels that the edit leaves alone.
    static double difference(byte[] before, byte[] after, byte[] drawn) {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < before.length; i++) {
            if (before[i] != after[i]) continue;
            sum += Math.abs((before[i] & 255) - (drawn[i] & 255));
            count++;
        }
        return sum / Math.max(1, count);
    }

    /// Pictures described.
    private void captioning() {
        Section section = report.portraits("Captioning", Split.TRAINING);
        List<Portrait> portraits = training(6);
        List<Map<String, Object>> requests = new ArrayList<>();
        for (Portrait portrait : portraits)
            requests.add(asking.read(TextTasks.DESCRIBE, Avatars.draw(portrait), requests.size()));
        Answers answers = asking.ask("captioning", requests);
        List<Map<Attribute, String>> said =
                answers.texts().stream().map(Captions::read).toList();
        baselines(section, portraits);
        section.row("described", Marks.of(portraits, said), answers);
        Section words = report.section("Captions of portraits as texts", Split.TRAINING, TEXT_MEASURES);
        List<String> truth = portraits.stream().map(Captions::canonical).toList();
        words.row(
                "caption of the nearest training picture",
                texts(
                        portraits.stream()
                                .map(p -> Captions.canonical(gallery.nearest(Avatars.draw(p))))
                                .toList(),
                        truth));
        words.row("described", texts(answers.texts(), truth), answers);
    }

    static final List<String> TEXT_MEASURES = List.of("CIDEr-D", "BLEU-4", "ROUGE-L");

    /// Against the one caption that the corpus has of each picture.
    static List<Figure> texts(List<String> captions, List<String> truth) {
        List<Captioned> all = IntStream.range(0, truth.size())
                .mapToObj(i -> Captioned.of(captions.get(i), List.of(truth.get(i))))
                .toList();
        return List.of(
                Figure.mean("%.2f", Cider.scores(all)),
                Figure.number("%.3f", Bleu.corpus(all)[3]),
                Figure.number("%.3f", RougeL.corpus(all)));
    }

    /// Questions about pictures.
    private void questions() {
        Section section = report.section("Questions about portraits", Split.TRAINING, List.of());
        Random random = new Random(size.seed() + 7);
        var questions = new Questions();
        for (Portrait portrait : training(7))
            questions.add(Options.pick(Captions.questions(portrait, random), random), Avatars.draw(portrait));
        questions.ask("questions", asking, section);
        List<Captions.QuestionAnswer> many = new ArrayList<>();
        for (int i = 0; i < 4000; i++) many.addAll(Captions.questions(Portrait.forTraining(random), random));
        Questions.guessed(many, section);
    }

    /// What characters there are; those that are asked for come first.
    private List<Character> characters() {
        Random random = new Random(size.seed() + 4);
        Set<String> names = new HashSet<>();
        List<Character> characters = new ArrayList<>();
        while (characters.size() < size.bank()) {
            String name = Names.heldOut(names, random);
            Portrait portrait = Portrait.random(random);
            boolean asked = characters.size() < size.prompts();
            while (portrait.withheld() || asked != portrait.identity().heldOut()) portrait = Portrait.random(random);
            characters.add(new Character("eval-" + characters.size(), name, portrait));
        }
        return characters;
    }

    private Stream<MemoryBank.Document> documents() {
        return IntStream.range(0, characters.size()).mapToObj(i -> {
            Character character = characters.get(i);
            String text = Captions.document(character.name(), character.picture(), new Random(size.seed() + i));
            return new MemoryBank.Document(character.document(), text, Avatars.png(Avatars.draw(character.picture())));
        });
    }

    private Answers draw(String what, List<String> prompts, Map<String, Object> retrieval) {
        return asking.ask(
                what,
                IntStream.range(0, prompts.size())
                        .mapToObj(i -> asking.draw(prompts.get(i), retrieval, i))
                        .toList());
    }

    /// Portraits like those of training, but none of its pictures in particular.
    private List<Portrait> training(long stream) {
        return training(stream, size.prompts());
    }

    private List<Portrait> training(long stream, int count) {
        Random random = new Random(size.seed() * 31 + stream);
        List<Portrait> portraits = new ArrayList<>();
        for (int i = 0; i < count; i++) portraits.add(Portrait.forTraining(random));
        return portraits;
    }

    private Marks score(List<Portrait> truth, Function<Portrait, byte[]> picture) {
        return score(truth, truth.stream().map(picture).toList());
    }

    private Marks score(List<Portrait> truth, List<byte[]> pictures) {
        return Marks.of(truth, judges.read(pictures));
    }
}
