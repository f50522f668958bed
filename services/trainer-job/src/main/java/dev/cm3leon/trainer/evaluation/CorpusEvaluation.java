package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.data.Parts;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Report.Section;
import dev.cm3leon.trainer.scenes.Thumbnails;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a model draws and says that was trained on a corpus whose captions have the form `SUBJECT, MANNER`, such as
/// `red apple, noto style`, with most subjects in several manners: of what it was trained on, of known subjects in a
/// manner that they were never shown in, and of subjects that it was never shown.
///
/// A picture is recognised among others of its manner by [Thumbnails]. Documents show the subject in another manner.
final class CorpusEvaluation {
    private static final int GALLERY = 115, SHEET = 16;
    private static final double GUIDANCE = 2;
    private static final List<String> RANKS = List.of("recognised", "among the first 5", "median rank");

    private final PlatformClient platform;
    private final Asking asking;
    private final VqTokenizer vq;
    private final Evaluation.Size size;
    private final Report report;
    private final Path output;
    private final List<Captioned> trained;
    private final Thumbnails thumbnails; // of those
    private int skipped;

    /// A picture of a corpus.
    record Captioned(String id, String subject, String manner, RgbImage picture, float[] thumbnail) {
        String caption() {
            return subject + ", " + manner;
        }
    }

    /// What is asked for, and the document that shows the subject in another manner.
    record Asked(Captioned truth, Captioned document) {}

    CorpusEvaluation(
            PlatformClient platform,
            Asking asking,
            VqTokenizer vq,
            Evaluation.Size size,
            Path output,
            Dataset dataset,
            Path trained)
            throws IOException {
        this.platform = platform;
        this.asking = asking;
        this.vq = vq;
        this.size = size;
        this.report = new Report(size);
        this.output = output;
        this.trained = read(dataset, trained, vq.config().imageSize(), "trained");
        this.thumbnails =
                new Thumbnails(this.trained.stream().map(Captioned::thumbnail).toList());
    }

    /// @param apart what training did not see: pictures of subjects that it knows, and of others
    /// @param save called after each section, so that what has been measured is kept whatever comes
    Report run(Dataset dataset, Path apart, Consumer<Report> save) throws IOException {
        List<Captioned> unseen = read(dataset, apart, vq.config().imageSize(), "apart");
        Set<String> known = trained.stream().map(Captioned::subject).collect(Collectors.toSet());
        List<Captioned> newManner =
                unseen.stream().filter(one -> known.contains(one.subject)).toList();
        List<Captioned> newSubject =
                unseen.stream().filter(one -> !known.contains(one.subject)).toList();
        draw("Pictures of training", "pictures that training shows", "trained", trained, trained);
        save.accept(report);
        draw(
                "Known subjects in a new manner",
                "pictures that training does not show, of subjects that it shows in another manner",
                "new-manner",
                newManner,
                trained);
        save.accept(report);
        draw(
                "Subjects never trained on",
                "pictures of subjects that training does not show",
                "unseen",
                newSubject,
                newSubject);
        save.accept(report);
        describe(newManner, newSubject, save);
        return report;
    }

    /// In the memory bank is what was trained on; for subjects never trained on, which are asked for in one
    /// manner, also their pictures in the other manners.
    private void describe(List<Captioned> newManner, List<Captioned> newSubject, Consumer<Report> save) {
        Random random = new Random(size.seed() + 71);
        var describing = new Describing(platform, asking, report, trained, thumbnails);
        List<Captioned> some = new ArrayList<>(trained);
        Options.shuffle(some, random);
        describing.alone(
                "Pictures of training described",
                "pictures that training shows",
                some.subList(0, Math.min(size.prompts(), some.size())));
        save.accept(report);
        describing.add("trained", trained);
        behind(
                describing,
                "Pictures described that show known subjects in a new manner",
                "pictures that training does not show, of subjects that it shows in another manner, which are in the bank",
                asked(newManner, trained, random));
        save.accept(report);
        String manner =
                newSubject.stream().map(Captioned::manner).sorted().findFirst().orElseThrow();
        Map<Boolean, List<Captioned>> ofIt =
                newSubject.stream().collect(Collectors.partitioningBy(one -> one.manner.equals(manner)));
        List<Captioned> others = Objects.requireNonNull(ofIt.get(false));
        describing.add("unseen", others);
        behind(
                describing,
                "Pictures described that show subjects never trained on",
                "pictures of subjects that training does not show, which are in the bank in another manner",
                asked(Objects.requireNonNull(ofIt.get(true)), others, random));
        save.accept(report);
    }

    private static void behind(Describing describing, String title, String split, List<Asked> asked) {
        describing.behind(title, split, asked, wrong(asked));
    }

    private List<Captioned> read(Dataset dataset, Path folder, int size, String prefix) throws IOException {
        List<Captioned> all = new ArrayList<>();
        try (Corpus corpus = Corpus.open(dataset, folder, "", Corpus.Cursor.START)) {
            for (Found found = corpus.next(); found != null; found = corpus.next()) {
                if (found instanceof Found.Broken) skipped++;
                if (!(found instanceof Found.Sample sample)
                        || !(sample.content() instanceof Found.Content.Caption(String caption))) continue;
                int comma = caption.lastIndexOf(", ");
                if (comma < 0)
                    throw new IllegalArgumentException(
                            "need captions of the form SUBJECT, MANNER, got " + caption + " at " + sample.origin());
                Optional<RgbImage> picture = Parts.picture(sample, size);
                if (picture.isEmpty()) {
                    skipped++;
                    continue;
                }
                all.add(new Captioned(
                        prefix + "-" + all.size(),
                        caption.substring(0, comma),
                        caption.substring(comma + 2),
                        picture.get(),
                        Thumbnails.of(picture.get().rgb(), size)));
            }
        }
        return all;
    }

    /// @param candidates what may be asked for
    /// @param others where documents are from, and what fills galleries where there are too few candidates
    private void draw(String title, String split, String name, List<Captioned> candidates, List<Captioned> others)
            throws IOException {
        Random random = new Random(size.seed() + 70);
        List<Asked> asked = asked(candidates, others, random);
        Map<String, List<Captioned>> galleries = galleries(asked, candidates, others, random);
        List<Asked> wrong = wrong(asked);
        MemoryBank bank = new MemoryBank(
                platform,
                name,
                asked.stream()
                        .map(one -> one.document)
                        .distinct()
                        .map(one -> new MemoryBank.Document(one.id, one.caption(), Images.png(one.picture)))
                        .toList());
        List<Map<String, Object>> none = new ArrayList<>(), right = new ArrayList<>(), misled = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String prompt = asked.get(i).truth.caption();
            none.add(asking.draw(prompt, Map.of("documents", 0), i));
            right.add(asking.draw(prompt, bank.give(asked.get(i).document.id), i));
            misled.add(asking.draw(prompt, bank.give(wrong.get(i).document.id), i));
        }
        List<Captioned> truth = asked.stream().map(Asked::truth).toList();
        List<RgbImage> tokens =
                truth.stream().map(one -> throughTokenizer(one.picture)).toList();

        Section section = report.section(title, split, RANKS);
        section.resized("shrunk to 16 x 16");
        section.pictures(truth.size());
        section.setting("documents", bank.licence());
        section.setting("pictures_sha256", sha256(truth));
        section.setting(
                "galleries_sha256",
                EvaluationSpecification.sha256(galleries.values().stream()
                        .map(CorpusEvaluation::sha256)
                        .toList()));
        double gallery =
                galleries.values().stream().mapToInt(List::size).average().orElseThrow();
        Retrieval.chance(section, gallery);
        section.row("tokenizer's ceiling", ranks(truth, galleries, tokens));
        if (candidates != trained)
            section.row(
                    "nearest training picture",
                    ranks(
                            truth,
                            galleries,
                            truth.stream()
                                    .map(this::nearest)
                                    .map(Captioned::picture)
                                    .toList()));
        section.row(
                "copy the document",
                ranks(
                        truth,
                        galleries,
                        asked.stream().map(one -> one.document.picture).toList()));
        Answers without = row(section, "no document", truth, galleries, none);
        row(section, "no document, guidance 2", truth, galleries, Asking.guided(none, GUIDANCE));
        Answers with = row(section, "the subject's document", truth, galleries, right);
        row(section, "the subject's document, guidance 2", truth, galleries, Asking.guided(right, GUIDANCE));
        Answers misleading = row(section, "a wrong document", truth, galleries, misled);
        section.row(
                "a wrong document, against its subject",
                ranks(wrong.stream().map(Asked::truth).toList(), galleries, pictures(misleading)));
        section.say(
                "mean of the pictures' PSNR through the tokenizer, dB",
                Figure.mean(
                        "%.1f",
                        IntStream.range(0, truth.size())
                                .mapToDouble(i -> Judges.psnr(truth.get(i).picture, tokens.get(i)))
                                .toArray()));
        section.say("pictures of a gallery, all of the manner that is asked for", Figure.number("%.0f", gallery));
        if (skipped > 0)
            section.say("records skipped that cannot be read, of training too", Figure.number("%.0f", skipped));

        Sheet sheet = new Sheet(
                vq.config().imageSize(), 2, 2, List.of("true picture", "its tokens", "without", "document", "with it"));
        for (int i = 0; i < Math.min(SHEET, asked.size()); i++)
            sheet.add(
                    truth.get(i).caption(),
                    Arrays.asList(
                            truth.get(i).picture.rgb(),
                            tokens.get(i).rgb(),
                            without.picture(i),
                            asked.get(i).document.picture.rgb(),
                            with.picture(i)));
        sheet.write(output.resolve("sheet-" + name + ".png"));
    }

    private Answers row(
            Section section,
            String what,
            List<Captioned> truth,
            Map<String, List<Captioned>> galleries,
            List<Map<String, Object>> requests) {
        Answers answers = asking.ask(what, requests);
        section.row(what, ranks(truth, galleries, pictures(answers)), answers);
        return answers;
    }

    /// Each with a document of another manner, in an order by chance.
    private List<Asked> asked(List<Captioned> candidates, List<Captioned> others, RandomGenerator random) {
        Map<String, List<Captioned>> bySubject = others.stream().collect(Collectors.groupingBy(Captioned::subject));
        List<Captioned> mixed = new ArrayList<>(candidates);
        Options.shuffle(mixed, random);
        List<Asked> asked = new ArrayList<>();
        for (Captioned truth : mixed) {
            List<Captioned> documents = bySubject.getOrDefault(truth.subject, List.of()).stream()
                    .filter(other -> !other.manner.equals(truth.manner))
                    .toList();
            if (asked.size() < size.prompts() && !documents.isEmpty())
                asked.add(new Asked(truth, Options.pick(documents, random)));
        }
        return asked;
    }

    /// For each manner what is asked for in it, and others of it up to 115, of other subjects each.
    private static Map<String, List<Captioned>> galleries(
            List<Asked> asked, List<Captioned> candidates, List<Captioned> others, RandomGenerator random) {
        List<Captioned> mixed = new ArrayList<>(others);
        Options.shuffle(mixed, random);
        Map<String, List<Captioned>> galleries = new LinkedHashMap<>();
        for (Asked one : asked)
            galleries.computeIfAbsent(one.truth.manner, _ -> new ArrayList<>()).add(one.truth);
        for (Captioned one : Stream.concat(candidates.stream(), mixed.stream()).toList()) {
            List<Captioned> gallery = galleries.getOrDefault(one.manner, List.of());
            if (!gallery.isEmpty()
                    && gallery.size() < GALLERY
                    && gallery.stream().noneMatch(there -> there.subject.equals(one.subject))) gallery.add(one);
        }
        return galleries;
    }

    /// For each the next one of its manner: its document misleads.
    private static List<Asked> wrong(List<Asked> asked) {
        return IntStream.range(0, asked.size())
                .mapToObj(i -> IntStream.range(1, asked.size())
                        .mapToObj(ahead -> asked.get((i + ahead) % asked.size()))
                        .filter(other -> other.truth.manner.equals(asked.get(i).truth.manner)
                                && !other.truth.subject.equals(asked.get(i).truth.subject))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "need two subjects of %s among what is asked for: more --prompts"
                                        .formatted(asked.get(i).truth.manner))))
                .toList();
    }

    private static String sha256(List<Captioned> pictures) {
        return EvaluationSpecification.sha256(pictures.stream()
                .map(one -> ContentKey.sha256(one.picture.rgb()))
                .toList());
    }

    private Captioned nearest(Captioned asked) {
        return trained.get(thumbnails.nearest(asked.thumbnail));
    }

    private RgbImage throughTokenizer(RgbImage picture) {
        return vq.decode(vq.encode(picture));
    }

    private List<RgbImage> pictures(Answers answers) {
        int side = vq.config().imageSize();
        return answers.pictures().stream()
                .map(rgb -> new RgbImage(side, side, rgb))
                .toList();
    }

    private static List<Figure> ranks(
            List<Captioned> truth, Map<String, List<Captioned>> galleries, List<RgbImage> pictures) {
        List<Integer> ranks = new ArrayList<>();
        for (int i = 0; i < truth.size(); i++) {
            List<Captioned> gallery = Objects.requireNonNull(galleries.get(truth.get(i).manner));
            RgbImage drawn = pictures.get(i);
            ranks.add(new Thumbnails(gallery.stream().map(Captioned::thumbnail).toList())
                    .rank(Thumbnails.of(drawn.rgb(), drawn.width()), gallery.indexOf(truth.get(i))));
        }
        return Retrieval.figures(ranks);
    }
}
