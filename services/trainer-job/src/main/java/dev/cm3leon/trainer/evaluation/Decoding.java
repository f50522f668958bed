package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.Share;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.EvaluationSpecification.Asked;
import dev.cm3leon.trainer.evaluation.Report.Section;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What the settings of sampling do: the same prompts with the same seeds at every setting, through the running
/// platform. What is measured is kept line by line, so that a run that was stopped goes on where it was.
final class Decoding {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ON = "guidance_on", PROMPT = "prompt", MIN_P = "min_p";

    private static final Map<String, Object> WITHOUT = Map.of("documents", 0);

    private final PlatformClient platform;
    private final Asking asking;
    private final Judges judges;
    private final Evaluation.Size size;
    private final Path kept;
    private final Map<String, Measured> measured = new HashMap<>();

    /// @param model that drew
    /// @param ruler SHA-256 of what judged
    /// @param asked what is measured once and is a place on two curves is the same here
    /// @param read what the ruler saw in each picture
    private record Measured(
            String model, String ruler, String set, String setting, Asked asked, List<Map<Attribute, String>> read) {}

    /// One place on a curve.
    ///
    /// @param place along its panel
    private record Setting(String panel, String place, Map<String, Object> sampling, int candidates) {
        String name() {
            return panel + " " + place;
        }
    }

    /// Pictures asked for by one kind of prompt.
    ///
    /// @param bank of the documents that prompts are given, or null for none
    /// @param shown what the document of each prompt shows
    /// @param explained whether prompt and document say everything; else only what is free can come out right
    private record Prompts(
            String name,
            String split,
            List<Portrait> truth,
            List<String> texts,
            List<Map<String, Object>> retrieval,
            @Nullable MemoryBank bank,
            List<Portrait> shown,
            boolean explained) {

        /// What a curve shows: pictures with everything right that could be known.
        Share right(Measured measured) {
            Marks marks = Marks.of(truth, measured.read());
            return (explained ? marks.all() : marks.free()).allRight();
        }
    }

    /// @param kept file of what has been measured, of this model and others
    Decoding(PlatformClient platform, Asking asking, Judges judges, Evaluation.Size size, Path kept) {
        this.platform = platform;
        this.asking = asking;
        this.judges = judges;
        this.size = size;
        this.kept = kept;
    }

    private static List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        for (double scale : new double[] {1, 1.25, 1.5, 2, 3})
            settings.add(topP("guidance on the prompt", scale, Map.of("top_p", 0.5, "guidance_scale", scale), 1));
        for (double scale : new double[] {1, 1.5, 2, 3}) settings.add(onAll("guidance on all", scale, scale, 0));
        for (double scale : new double[] {1, 1.5, 2, 3, 5})
            settings.add(onAll("guidance on all, min-p 0.1", scale, scale, 0.1));
        for (double minP : new double[] {0.01, 0.03, 0.1, 0.3, 1})
            settings.add(onAll("guidance 2 on all, min-p", minP, 2, minP));
        for (double p : new double[] {0.3, 0.5, 0.7, 0.9, 1})
            settings.add(topP("top-p", p, Map.of("top_p", p, "guidance_scale", 1.0), 1));
        for (int k : new int[] {1, 2, 4, 8}) settings.add(contrastive("CD-K, alpha 0.3, k", k, 0.3, k, 1));
        for (double alpha : new double[] {0.1, 0.3, 0.6, 1})
            settings.add(contrastive("CD-K, k 1, alpha", alpha, alpha, 1, 1));
        for (double temperature : new double[] {0.5, 0.7, 1, 1.5}) settings.add(amateur(temperature));
        for (int n : new int[] {1, 2, 4, 8})
            settings.add(topP("best of top-p", n, Map.of("top_p", 0.5, "guidance_scale", 1.0), n));
        for (int n : new int[] {1, 8}) settings.add(contrastive("best of CD-K", n, 0.3, 1, n));
        for (int n : new int[] {2, 4, 8})
            settings.add(new Setting(
                    "best of half top-p, half CD-K",
                    Integer.toString(n),
                    Map.of(
                            "decoding",
                            "both",
                            "top_p",
                            0.5,
                            "guidance_scale",
                            1.0,
                            ON,
                            PROMPT,
                            MIN_P,
                            0,
                            "cd_alpha",
                            0.3,
                            "cd_k",
                            1),
                    n));
        return settings;
    }

    private static Setting topP(String panel, Number place, Map<String, Object> sampling, int candidates) {
        Map<String, Object> all = new TreeMap<>(Map.of(ON, PROMPT, MIN_P, 0));
        all.putAll(sampling);
        all.put("decoding", "top-p");
        return new Setting(panel, place.toString(), all, candidates);
    }

    private static Setting onAll(String panel, Number place, double scale, double minP) {
        return topP(panel, place, Map.of("top_p", 0.5, "guidance_scale", scale, ON, "all", MIN_P, minP), 1);
    }

    private static Setting contrastive(String panel, Number place, double alpha, int k, int candidates) {
        return new Setting(
                panel,
                place.toString(),
                Map.of("decoding", "cd-k", "guidance_scale", 1.0, ON, PROMPT, "cd_alpha", alpha, "cd_k", k),
                candidates);
    }

    /// Without the temperature where it is 1, as it is where nothing is said: that is a place on other curves too.
    private static Setting amateur(double temperature) {
        Setting plain = contrastive("CD-K, alpha 0.3, k 1, temperature of the amateur", temperature, 0.3, 1, 1);
        if (temperature == 1) return plain;
        Map<String, Object> sampling = new TreeMap<>(plain.sampling());
        sampling.put("cd_amateur_temperature", temperature);
        return new Setting(plain.panel(), plain.place(), sampling, plain.candidates());
    }

    /// Measures what has not been measured yet, setting by setting.
    ///
    /// @param curves file of the picture
    /// @param save called after each setting with what there is by then
    Report run(Path curves, Consumer<Report> save) throws IOException {
        if (Files.exists(kept)) {
            for (String line : Files.readAllLines(kept)) {
                Measured one = JSON.readValue(line, Measured.class);
                if (asking.model().equals(one.model()) && judges.rulerSha256().equals(one.ruler()))
                    measured.put(key(one.set(), one.asked()), one);
            }
        }
        Gallery gallery = new Gallery(Evaluation.GALLERY, size.seed() + 10);
        SequencedMap<Prompts, SequencedMap<String, Marks>> baselines = new LinkedHashMap<>();
        for (Prompts prompts : List.of(captions(), withheld(), named(false), named(true), unexplained()))
            baselines.put(prompts, baselines(prompts, gallery));
        Report report = report(baselines);
        for (Setting setting : settings()) {
            draw(List.copyOf(baselines.keySet())).write(curves);
            save.accept(report);
            for (Prompts prompts : baselines.keySet()) measure(prompts, setting);
            report = report(baselines);
        }
        draw(List.copyOf(baselines.keySet())).write(curves);
        save.accept(report);
        return report;
    }

    private SequencedMap<String, Marks> baselines(Prompts prompts, Gallery gallery) {
        List<byte[]> truth = prompts.truth().stream().map(Avatars::draw).toList();
        SequencedMap<String, Marks> rows = new LinkedHashMap<>();
        rows.put(
                "tokenizer's ceiling",
                marks(prompts, truth.stream().map(judges::throughTokenizer).toList()));
        rows.put(
                "nearest training picture",
                marks(
                        prompts,
                        truth.stream()
                                .map(picture -> Avatars.draw(gallery.nearest(picture)))
                                .toList()));
        if (prompts.bank() != null)
            rows.put(
                    "copy the document",
                    marks(prompts, prompts.shown().stream().map(Avatars::draw).toList()));
        return rows;
    }

    private Marks marks(Prompts prompts, List<byte[]> pictures) {
        return Marks.of(prompts.truth(), judges.read(pictures));
    }

    /// What has been measured so far.
    private Report report(SequencedMap<Prompts, SequencedMap<String, Marks>> baselines) {
        Report report = new Report(size, judges::rulerSha256);
        baselines.forEach((prompts, rows) -> {
            Section section = report.portraits(prompts.name(), prompts.split());
            if (prompts.bank() != null)
                section.setting("documents", prompts.bank().licence());
            rows.forEach(section::row);
            for (Setting setting : settings()) {
                Measured one = measured(prompts, setting);
                if (one == null) continue;
                section.row(
                        setting.name(), Marks.of(prompts.truth(), one.read()).figures());
                section.asked(setting.name(), one.asked());
            }
        });
        return report;
    }

    private @Nullable Measured measured(Prompts prompts, Setting setting) {
        return measured.get(key(prompts.name(), Asked.of(requests(prompts, setting), List.of())));
    }

    private static String key(String set, Asked asked) {
        return set + " " + asked.sha256();
    }

    private List<Map<String, Object>> requests(Prompts prompts, Setting setting) {
        List<Map<String, Object>> requests = new ArrayList<>();
        for (int i = 0; i < prompts.texts().size(); i++) {
            Map<String, Object> request = new TreeMap<>(
                    asking.draw(prompts.texts().get(i), prompts.retrieval().get(i), i));
            request.put("sampling", setting.sampling());
            request.put("candidates", setting.candidates());
            requests.add(request);
        }
        return requests;
    }

    private void measure(Prompts prompts, Setting setting) {
        List<Map<String, Object>> requests = requests(prompts, setting);
        String key = key(prompts.name(), Asked.of(requests, List.of()));
        if (measured.containsKey(key)) return;
        if (prompts.bank() != null) prompts.bank().ingest();
        String name = prompts.name() + ": " + setting.name();
        Answers answers = asking.ask(name, requests);
        Measured one = new Measured(
                asking.model(),
                judges.rulerSha256(),
                prompts.name(),
                setting.name(),
                answers.asked(),
                judges.read(answers.pictures()));
        try {
            Files.writeString(
                    kept, JSON.writeValueAsString(one) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.err.printf("%s: %s all right%n", name, prompts.right(one));
        measured.put(key, one);
    }

    private Prompts captions() {
        Random random = new Random(size.seed() + 40);
        List<Portrait> truth = new ArrayList<>();
        while (truth.size() < size.prompts()) truth.add(Portrait.forTraining(random));
        return described("captions", Evaluation.Split.TRAINING, truth, random);
    }

    private Prompts withheld() {
        Random random = new Random(size.seed() + 41);
        return described(
                "withheld pairs", Evaluation.Split.WITHHELD, Evaluation.withheld(size.prompts(), random), random);
    }

    private static Prompts described(String name, String split, List<Portrait> truth, Random random) {
        return new Prompts(
                name,
                split,
                truth,
                truth.stream().map(p -> Captions.complete(p, random)).toList(),
                truth.stream().map(p -> WITHOUT).toList(),
                null,
                List.of(),
                true);
    }

    /// The same characters by their names, and no document that says who they are.
    private Prompts unexplained() {
        Prompts named = named(false);
        return new Prompts(
                "name alone",
                named.split(),
                named.truth(),
                named.texts(),
                named.texts().stream().map(text -> WITHOUT).toList(),
                null,
                List.of(),
                false);
    }

    /// New characters, each with its own document in front; misled, with that of the next one who is somebody
    /// else, whose character is to be drawn.
    private Prompts named(boolean misled) {
        Random random = new Random(size.seed() + 42);
        List<Portrait> truth = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        List<Map<String, Object>> retrieval = new ArrayList<>();
        List<Portrait> pictures = new ArrayList<>();
        List<MemoryBank.Document> documents = new ArrayList<>();
        for (int i = 0; i < size.prompts(); i++) {
            Portrait portrait = Portrait.stranger(random), shown = portrait.again(random);
            String name = Names.heldOut(random), id = "decoding-" + i;
            pictures.add(shown);
            documents.add(new MemoryBank.Document(
                    id, Captions.document(name, shown, random), Avatars.png(Avatars.draw(shown))));
            truth.add(portrait);
            texts.add(Captions.complete(name, portrait, random));
            retrieval.add(Map.of("given", List.of(id)));
        }
        MemoryBank bank = new MemoryBank(platform, "decoding", documents);
        if (!misled)
            return new Prompts(
                    "own document", Evaluation.Split.STRANGERS, truth, texts, retrieval, bank, pictures, true);
        List<Identity> who = truth.stream().map(Portrait::identity).toList();
        int[] others = IntStream.range(0, size.prompts())
                .map(i -> Evaluation.somebodyElse(who, i, i + 1))
                .toArray();
        return new Prompts(
                "another's",
                Evaluation.Split.STRANGERS,
                IntStream.range(0, size.prompts())
                        .mapToObj(i ->
                                new Portrait(who.get(others[i]), truth.get(i).look()))
                        .toList(),
                texts,
                IntStream.of(others).mapToObj(retrieval::get).toList(),
                bank,
                IntStream.of(others).mapToObj(pictures::get).toList(),
                true);
    }

    private Chart draw(List<Prompts> sets) {
        Chart chart = new Chart();
        SequencedMap<String, List<Setting>> panels = new LinkedHashMap<>();
        for (Setting setting : settings())
            panels.computeIfAbsent(setting.panel(), p -> new ArrayList<>()).add(setting);
        panels.forEach((panel, places) -> {
            List<Chart.Curve> curves = sets.stream()
                    .map(prompts -> new Chart.Curve(
                            prompts.name(),
                            places.stream()
                                    .map(place -> Optional.ofNullable(measured(prompts, place))
                                            .map(prompts::right))
                                    .toList()))
                    .toList();
            if (curves.stream().anyMatch(curve -> curve.shares().stream().anyMatch(Optional::isPresent)))
                chart.panel(
                        panel + ": all right",
                        places.stream().map(Setting::place).toList(),
                        curves);
        });
        return chart;
    }
}
