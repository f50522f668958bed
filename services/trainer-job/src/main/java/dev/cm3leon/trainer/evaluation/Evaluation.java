package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Half;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.evaluation.PlatformClient.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What the model can do, asked through the running platform: every document is found by its index, not given, except
/// where a wrong one is meant to mislead.
///
/// Each table has its chance level, the tokenizer's ceiling (the true picture, encoded and decoded) and, for named
/// characters, the document's own picture as a baseline.
final class Evaluation {

    private static final int IN_FLIGHT = 12;

    private final PlatformClient platform;
    private final Function<List<byte[]>, List<Map<Attribute, String>>> ruler;
    private final UnaryOperator<byte[]> tokenizer;
    private final Size size;
    private final Path output;
    private final Report report = new Report();

    /// @param prompts pictures in each table
    /// @param bank characters in the memory bank
    /// @param seed of everything that is drawn by chance here
    record Size(int prompts, int bank, long seed) {}

    /// @param ruler what it sees in pictures (row-major RGB): the word for each attribute
    /// @param tokenizer a picture encoded and decoded again
    Evaluation(
            PlatformClient platform,
            Function<List<byte[]>, List<Map<Attribute, String>>> ruler,
            UnaryOperator<byte[]> tokenizer,
            Size size,
            Path output) {
        this.platform = platform;
        this.ruler = ruler;
        this.tokenizer = tokenizer;
        this.size = size;
        this.output = output;
    }

    Report run() throws IOException {
        report.say("ruler on clean renders", score(training(1), Avatars::draw));
        captions();
        withheldPairs();
        namedCharacters();
        parts();
        edits();
        captioning();
        questions();
        new SceneEvaluation(platform, tokenizer, size, report, output).run();
        return report;
    }

    /// Portraits asked for in words that name everything.
    private void captions() throws IOException {
        List<Portrait> portraits = training(2);
        Random random = new Random(size.seed() + 2);
        List<String> prompts =
                portraits.stream().map(p -> Captions.complete(p, random)).toList();
        List<Result> without = draw("captions, retrieval off", prompts, 0);
        List<Result> with = draw("captions, retrieval on", prompts, 1);
        report.table("Portraits from captions");
        report.row("tokenizer's ceiling", score(portraits, p -> tokenizer.apply(Avatars.draw(p))));
        report.row("drawn", score(portraits, pictures(without)));
        report.row("drawn, retrieval on", score(portraits, pictures(with)));

        Sheet sheet = new Sheet(Avatars.SIZE, 2, 2, List.of("true picture", "its tokens", "drawn"));
        for (int i = 0; i < Math.min(32, portraits.size()); i++) {
            byte[] truth = Avatars.draw(portraits.get(i));
            sheet.add(
                    prompts.get(i),
                    Arrays.asList(truth, tokenizer.apply(truth), without.get(i).rgb()));
        }
        sheet.write(output.resolve("sheet-prompts.png"));
    }

    /// Pairs of options that training never showed together.
    private void withheldPairs() {
        Random random = new Random(size.seed() + 3);
        List<Portrait> portraits = new ArrayList<>();
        while (portraits.size() < size.prompts()) {
            Portrait portrait = Portrait.random(random);
            if (portrait.withheld()) portraits.add(portrait);
        }
        List<String> prompts =
                portraits.stream().map(p -> Captions.complete(p, random)).toList();
        report.table("Withheld pairs");
        report.row("tokenizer's ceiling", score(portraits, p -> tokenizer.apply(Avatars.draw(p))));
        report.row("drawn", score(portraits, pictures(draw("withheld pairs", prompts, 0))));
    }

    /// A character of the memory bank.
    private record Character(String document, String name, Portrait picture) {}

    /// Characters that were never a target of training, asked for by name in other clothes.
    private void namedCharacters() throws IOException {
        List<Character> bank = bank();
        ingest(bank);
        List<Character> asked = bank.subList(0, Math.min(size.prompts(), bank.size()));
        Random random = new Random(size.seed() + 5);
        List<Portrait> truth = new ArrayList<>();
        List<Portrait> wrong = new ArrayList<>();
        List<Map<String, Object>> right = new ArrayList<>(), none = new ArrayList<>(), misled = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            Character character = asked.get(i);
            Character other = asked.get((i + 1 + random.nextInt(asked.size() - 1)) % asked.size());
            Portrait again = character.picture().again(random);
            String prompt = Captions.named(character.name(), again, random);
            truth.add(again);
            wrong.add(new Portrait(other.picture().identity(), again.look()));
            prompts.add(prompt);
            right.add(request(prompt, Map.of("documents", 1), i));
            none.add(request(prompt, Map.of("documents", 0), i));
            misled.add(request(prompt, Map.of("given", List.of(other.document())), i));
        }
        List<Result> withRight = platform.generate(right, IN_FLIGHT, progress("named, document found", right.size()));
        List<Result> withNone = platform.generate(none, IN_FLIGHT, progress("named, no document", none.size()));
        List<Result> withWrong = platform.generate(misled, IN_FLIGHT, progress("named, wrong document", misled.size()));
        long found = 0;
        for (int i = 0; i < asked.size(); i++) {
            if (withRight.get(i).evidence().contains(asked.get(i).document())) found++;
        }
        report.share("right document found among " + bank.size(), found, asked.size());

        report.table("Named characters never trained on");
        report.row("tokenizer's ceiling", score(truth, p -> tokenizer.apply(Avatars.draw(p))));
        Map<Portrait, Portrait> documents = new LinkedHashMap<>();
        for (int i = 0; i < truth.size(); i++)
            documents.put(truth.get(i), asked.get(i).picture());
        report.row("copy the document", score(truth, p -> Avatars.draw(documents.getOrDefault(p, p))));
        report.row("right document, found by the index", score(truth, pictures(withRight)));
        report.row("no document", score(truth, pictures(withNone)));
        report.row("wrong document, against the character asked for", score(truth, pictures(withWrong)));
        report.row("wrong document, against the document's character", score(wrong, pictures(withWrong)));
        two(asked, truth, prompts);

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
                            withRight.get(i).rgb(),
                            Avatars.draw(truth.get(i)),
                            withNone.get(i).rgb(),
                            Avatars.draw(misleading),
                            withWrong.get(i).rgb()));
        }
        sheet.write(output.resolve("sheet-retrieval.png"));
    }

    /// The same with two documents, in the order of a search and in the other.
    private void two(List<Character> asked, List<Portrait> truth, List<String> prompts) {
        List<Map<String, Object>> found = new ArrayList<>(), last = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String other = asked.get((i + 1) % asked.size()).document();
            found.add(request(prompts.get(i), Map.of("documents", 2), i));
            last.add(request(
                    prompts.get(i), Map.of("given", List.of(other, asked.get(i).document())), i));
        }
        report.row(
                "two documents, found by the index",
                score(truth, pictures(platform.generate(found, IN_FLIGHT, progress("two documents", found.size())))));
        report.row(
                "two documents, the right one last",
                score(truth, pictures(platform.generate(last, IN_FLIGHT, progress("right one last", last.size())))));
    }

    /// Characters of whom one document shows the upper half and another, in other clothes, the lower.
    private void parts() throws IOException {
        Random random = new Random(size.seed() + 8);
        List<Portrait> truth = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>(), oneOnly = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        List<byte[]> halves = new ArrayList<>();
        while (truth.size() < size.prompts()) {
            Portrait portrait = Portrait.random(random);
            if (portrait.withheld() || !portrait.identity().heldOut()) continue;
            int i = truth.size();
            String name = Names.heldOut(random);
            for (Half half : Half.values()) {
                Portrait shown = portrait.again(random);
                byte[] picture = half.of(Avatars.draw(shown));
                halves.add(picture);
                String id = "eval-" + half.name().toLowerCase(Locale.ROOT) + "-" + i;
                platform.addDocument(id, Captions.document(name, shown, random), Avatars.png(picture));
                platform.awaitIndexed(id);
            }
            truth.add(portrait);
            prompts.add(Captions.named(name, portrait, random));
            requests.add(request(prompts.getLast(), Map.of("given", List.of("eval-upper-" + i, "eval-lower-" + i)), i));
            oneOnly.add(request(prompts.getLast(), Map.of("given", List.of("eval-upper-" + i)), i));
        }
        List<Result> both = platform.generate(requests, IN_FLIGHT, progress("halves", requests.size()));
        report.table("Two documents, each with half of the character");
        report.row("tokenizer's ceiling", score(truth, p -> tokenizer.apply(Avatars.draw(p))));
        List<byte[]> copied = new ArrayList<>();
        for (int i = 0; i < truth.size(); i++) copied.add(halves.get(2 * i));
        report.row("copy the upper half", score(truth, copied));
        report.row("both halves", score(truth, pictures(both)));
        report.row(
                "the upper half alone",
                score(truth, pictures(platform.generate(oneOnly, IN_FLIGHT, progress("one half", oneOnly.size())))));
        Sheet sheet = new Sheet(Avatars.SIZE, 2, 2, List.of("document", "document", "drawn", "true picture"));
        for (int i = 0; i < Math.min(12, truth.size()); i++)
            sheet.add(
                    prompts.get(i),
                    Arrays.asList(
                            halves.get(2 * i),
                            halves.get(2 * i + 1),
                            both.get(i).rgb(),
                            Avatars.draw(truth.get(i))));
        sheet.write(output.resolve("sheet-parts.png"));
    }

    /// One attribute changed by an instruction.
    private void edits() throws IOException {
        Random random = new Random(size.seed() + 9);
        List<Edit> edits = new ArrayList<>();
        List<Map<String, Object>> requests = new ArrayList<>();
        for (Portrait portrait : training(9)) {
            Edit edit = Edit.random(portrait, random);
            edits.add(edit);
            requests.add(Map.of(
                    "parts",
                    List.of(
                            Map.of("type", "text", "text", edit.instruction()),
                            Map.of("type", "image", "image", Map.of("b64", base64(Avatars.draw(portrait)))),
                            Map.of("type", "hole", "modality", "image")),
                    "retrieval",
                    Map.of("documents", 0),
                    "seed",
                    size.seed() * 1_000_003 + edits.size()));
        }
        List<byte[]> drawn = pictures(platform.generate(requests, IN_FLIGHT, progress("edits", requests.size())));
        List<Map<Attribute, String>> read = ruler.apply(drawn);
        long changed = 0;
        double elsewhere = 0, tokens = 0;
        for (int i = 0; i < edits.size(); i++) {
            Edit edit = edits.get(i);
            String asked = edit.after().values().get(edit.attribute());
            if (asked != null && asked.equals(read.get(i).get(edit.attribute()))) changed++;
            byte[] before = Avatars.draw(edit.before()), after = Avatars.draw(edit.after());
            elsewhere += difference(before, after, drawn.get(i)) / edits.size();
            tokens += difference(before, after, tokenizer.apply(after)) / edits.size();
        }
        List<Portrait> after = edits.stream().map(Edit::after).toList();
        report.table("Portraits changed as told");
        report.row("tokenizer's ceiling", score(after, p -> tokenizer.apply(Avatars.draw(p))));
        report.row(
                "copy the picture",
                score(
                        after,
                        edits.stream().map(edit -> Avatars.draw(edit.before())).toList()));
        report.row("drawn", score(after, drawn));
        report.share("the asked attribute came out as asked", changed, edits.size());
        report.say("mean difference of a channel where nothing was to change: %.1f of 255 (the tokenizer's own: %.1f)"
                .formatted(elsewhere, tokens));
        Sheet sheet = new Sheet(Avatars.SIZE, 2, 3, List.of("given", "drawn"));
        for (int i = 0; i < Math.min(24, edits.size()); i++)
            sheet.add(
                    edits.get(i).instruction(),
                    Arrays.asList(Avatars.draw(edits.get(i).before()), drawn.get(i)));
        sheet.write(output.resolve("sheet-edits.png"));
    }

    /// Mean absolute difference of the drawn picture from the one before, over the pixels that the edit leaves alone.
    private static double difference(byte[] before, byte[] after, byte[] drawn) {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < before.length; i++) {
            if (before[i] != after[i]) continue;
            sum += Math.abs((before[i] & 255) - (drawn[i] & 255));
            count++;
        }
        return sum / Math.max(1, count);
    }

    private static String base64(byte[] rgb) {
        return Base64.getEncoder().encodeToString(Avatars.png(rgb));
    }

    /// Pictures described.
    private void captioning() {
        List<Portrait> portraits = training(6);
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < portraits.size(); i++) {
            requests.add(reading("Describe the given picture. ", portraits.get(i), i));
        }
        List<Result> results = platform.generate(requests, IN_FLIGHT, progress("captioning", requests.size()));
        List<Map<Attribute, String>> read = results.stream()
                .map(result -> Captions.read(result.text() == null ? "" : result.text()))
                .toList();
        report.table("Captioning");
        report.row("tokenizer's ceiling", score(portraits, p -> tokenizer.apply(Avatars.draw(p))));
        report.row("described", Marks.of(portraits, read));
    }

    /// Questions about pictures, the answers compared word by word.
    private void questions() {
        List<Portrait> portraits = training(7);
        Random random = new Random(size.seed() + 7);
        List<Map<String, Object>> requests = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < portraits.size(); i++) {
            var all = Captions.questions(portraits.get(i), random);
            var one = all.get(random.nextInt(all.size()));
            requests.add(reading("Question: " + one.question() + " Answer: ", portraits.get(i), i));
            answers.add(one.answer());
        }
        List<Result> results = platform.generate(requests, IN_FLIGHT, progress("questions", requests.size()));
        long right = 0;
        for (int i = 0; i < answers.size(); i++) {
            String text = results.get(i).text();
            if (text != null && text.strip().equalsIgnoreCase(answers.get(i))) right++;
        }
        report.share("questions answered right", right, answers.size());
        report.say("the same with the picture not seen (the most frequent answer to each question): %.1f %%"
                .formatted(100 * guessed(random)));
    }

    /// How often the most frequent answer to a question is right.
    private static double guessed(Random random) {
        Map<String, Map<String, Integer>> answers = new HashMap<>();
        for (int i = 0; i < 4000; i++)
            for (var one : Captions.questions(Portrait.forTraining(random), random))
                answers.computeIfAbsent(one.question(), q -> new HashMap<>()).merge(one.answer(), 1, Integer::sum);
        long most = 0, all = 0;
        for (var counts : answers.values()) {
            most += counts.values().stream().mapToInt(n -> n).max().orElse(0);
            all += counts.values().stream().mapToInt(n -> n).sum();
        }
        return (double) most / all;
    }

    private List<Character> bank() {
        Random random = new Random(size.seed() + 4);
        Set<String> names = new HashSet<>();
        List<Character> bank = new ArrayList<>();
        while (bank.size() < size.bank()) {
            String name = Names.heldOut(random);
            if (!names.add(name)) continue;
            Portrait portrait = Portrait.random(random);
            boolean asked = bank.size() < size.prompts();
            while (portrait.withheld() || asked != portrait.identity().heldOut()) portrait = Portrait.random(random);
            bank.add(new Character("eval-" + bank.size(), name, portrait));
        }
        return bank;
    }

    private void ingest(List<Character> bank) {
        AtomicInteger done = new AtomicInteger();
        var tell = progress("ingesting", bank.size());
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < bank.size(); i++) {
                Character character = bank.get(i);
                String text = Captions.document(character.name(), character.picture(), new Random(size.seed() + i));
                threads.submit(() -> {
                    platform.addDocument(character.document(), text, Avatars.png(Avatars.draw(character.picture())));
                    tell.accept(done.incrementAndGet());
                });
            }
        }
        if (done.get() < bank.size()) {
            throw new IllegalStateException("only " + done + " of " + bank.size() + " documents were taken");
        }
        bank.forEach(character -> platform.awaitIndexed(character.document()));
    }

    private List<Result> draw(String what, List<String> prompts, int documents) {
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            requests.add(request(prompts.get(i), Map.of("documents", documents), i));
        }
        return platform.generate(requests, IN_FLIGHT, progress(what, requests.size()));
    }

    private Map<String, Object> request(String prompt, Map<String, Object> retrieval, int i) {
        return Map.of("prompt", prompt, "retrieval", retrieval, "seed", size.seed() * 1_000_003 + i);
    }

    private Map<String, Object> reading(String text, Portrait portrait, int i) {
        String png = base64(Avatars.draw(portrait));
        return Map.of(
                "parts",
                List.of(
                        Map.of("type", "text", "text", text),
                        Map.of("type", "hole", "modality", "text"),
                        Map.of("type", "image", "image", Map.of("b64", png))),
                "seed",
                size.seed() * 1_000_003 + i);
    }

    /// Portraits like those of training, but none of its pictures in particular.
    private List<Portrait> training(long stream) {
        Random random = new Random(size.seed() * 31 + stream);
        List<Portrait> portraits = new ArrayList<>();
        for (int i = 0; i < size.prompts(); i++) portraits.add(Portrait.forTraining(random));
        return portraits;
    }

    private Marks score(List<Portrait> truth, Function<Portrait, byte[]> picture) {
        return score(truth, truth.stream().map(picture).toList());
    }

    private Marks score(List<Portrait> truth, List<byte[]> pictures) {
        return Marks.of(truth, ruler.apply(pictures));
    }

    private static List<byte[]> pictures(List<Result> results) {
        return results.stream().map(result -> present(result)).toList();
    }

    private static byte[] present(Result result) {
        byte @Nullable [] rgb = result.rgb();
        if (rgb == null) throw new IllegalStateException("generation " + result.id() + " has no image");
        return rgb;
    }

    private static java.util.function.Consumer<Integer> progress(String what, int total) {
        return done -> {
            if (done % 100 == 0 || done == total) System.err.println(what + ": " + done + " of " + total);
        };
    }
}
