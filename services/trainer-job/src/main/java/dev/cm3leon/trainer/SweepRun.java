package dev.cm3leon.trainer;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.JobExit;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Curves;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Mirror;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/// A training run whose configuration is a [Sweep]. Every trial is a trainer job, a process of its own, in
/// `trials/NNN/`; at the end there are a table (`sweep.json`) and a plot (`sweep.png`). Started again, it goes on where
/// it was.
final class SweepRun {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TABLE = "sweep.json", PLOT = "sweep.png";
    private static final int DRAWN = 40; // trials
    private static final String BEFORE = "bpe,vq,decoder,clip,prepare";

    private final Sweep sweep;
    private final Path folder;
    private final String id;
    private final Consumer<Event> events;
    private final Mirror mirror;
    private final BooleanSupplier stopAsked;
    private final Map<Integer, Long> done = new TreeMap<>(); // steps by trial
    private final Map<Integer, Double> scores = new TreeMap<>();

    /// @param id of the run; those of its trials are `ID-NNN`
    /// @param events hears how much of the budget is spent, and the best score so far as the loss
    /// @param mirror keeps the table and the plot
    SweepRun(Sweep sweep, Path folder, String id, Consumer<Event> events, Mirror mirror, BooleanSupplier stopAsked) {
        this.sweep = sweep;
        this.folder = folder;
        this.id = id;
        this.events = events;
        this.mirror = mirror;
        this.stopAsked = stopAsked;
    }

    /// @throws IllegalArgumentException naming what cannot be, in any of the trials, before the first one starts
    static Sweep read(Path file) throws IOException {
        Sweep sweep = Sweep.parse(Files.readString(file));
        sweep.all().forEach(sweep::configuration);
        return sweep;
    }

    /// @return false if it was asked to stop
    boolean run() throws IOException, InterruptedException {
        List<Sweep.Trial> trials = sweep.all();
        mirror.list(""); // so that the store's key is known to be good
        long spent = 0, started = System.nanoTime();
        List<Sweep.Trial> round = trials;
        for (int number = 0; !round.isEmpty(); number++) {
            List<Sweep.Result> results = new ArrayList<>();
            for (Sweep.Trial trial : round) {
                long until = sweep.until(number), more = until - done.getOrDefault(trial.number(), 0L);
                if (spent + more > sweep.budgetSteps()) {
                    System.err.println("sweep: trial " + trial.id() + " is not run to step " + until + ": " + spent
                            + " of budget_steps = " + sweep.budgetSteps() + " are spent");
                    continue;
                }
                spent += more;
                double score = train(trial, until);
                if (stopAsked.getAsBoolean()) return false;
                done.put(trial.number(), until);
                scores.put(trial.number(), score);
                results.add(new Sweep.Result(trial, score));
                System.err.printf(
                        "sweep: trial %s of %d to step %d: %s %.4f  (%d of %d steps spent)%n",
                        trial.id(), trials.size(), until, sweep.metric(), score, spent, sweep.budgetSteps());
                tell(trial, score, spent, (System.nanoTime() - started) / 1e9);
            }
            round = sweep.next(number, results);
        }
        report(trials, spent);
        if (scores.values().stream().noneMatch(Double::isFinite))
            throw new IllegalStateException("every trial failed: see " + folder.resolve("trials") + "/*/job.log");
        events.accept(new TrainingCompleted(
                id,
                mirror == Mirror.NONE ? folder.resolve(TABLE).toAbsolutePath().toString() : "runs/" + id + "/" + TABLE,
                (System.nanoTime() - started) / 1e9));
        return true;
    }

    /// A trial that failed has no score and is told by the table alone.
    private void tell(Sweep.Trial trial, double score, long spent, double seconds) {
        if (!Double.isFinite(score)) return;
        double best = scores.values().stream()
                .filter(Double::isFinite)
                .min(Double::compare)
                .orElse(score);
        events.accept(new TrainingProgress(
                id,
                "sweep",
                spent,
                sweep.budgetSteps(),
                best,
                0,
                seconds * (sweep.budgetSteps() - spent) / spent,
                Map.of("trial", (double) trial.number(), "trial_" + sweep.metric(), score)));
    }

    /// Runs one trial up to a step and returns its score, NaN if it failed.
    private double train(Sweep.Trial trial, long until) throws IOException, InterruptedException {
        Path output = folder.resolve("trials").resolve(trial.id());
        Path file = folder.resolve("trials").resolve(trial.id() + ".json");
        TrainingConfiguration configuration = sweep.configuration(trial);
        Run.write(file, configuration.json());
        if (sweep.sharesItsStages()) {
            Path shared = folder.resolve("shared"), base = folder.resolve("shared.json");
            Run.write(base, sweep.base().toString());
            if (job(base, "shared", shared, BEFORE, Long.MAX_VALUE) != JobExit.COMPLETED) return Double.NaN;
            for (String stage : BEFORE.split(",")) copy(shared.resolve(stage), output.resolve(stage));
            shareBase(shared, output);
        } else if (job(file, trial.id(), output, BEFORE, Long.MAX_VALUE) != JobExit.COMPLETED) return Double.NaN;
        int status = job(file, trial.id(), output, "pretrain", until);
        if (stopAsked.getAsBoolean()) return Double.NaN; // it may not have come to its first score
        if (status != JobExit.COMPLETED && status != JobExit.STOPPED) return Double.NaN;
        return score(curves(trial, configuration), until);
    }

    /// @throws RefusedException naming the metrics that there are, where it is none of them
    private double score(Curves curves, long until) {
        double score = curves.last("pretrain", sweep.metric(), until);
        List<Map<String, Double>> points = curves.stages().getOrDefault("pretrain", List.of());
        if (Double.isNaN(score) && !points.isEmpty() && points.stream().noneMatch(p -> p.containsKey(sweep.metric())))
            throw new RefusedException("metric must be one of "
                    + points.stream()
                            .flatMap(p -> p.keySet().stream())
                            .distinct()
                            .sorted()
                            .toList() + ", got "
                    + sweep.metric());
        return score;
    }

    private Curves curves(Sweep.Trial trial, TrainingConfiguration configuration) {
        Path output = folder.resolve("trials").resolve(trial.id());
        return Curves.of(new Run(trial.id(), configuration, output, event -> {}, () -> false), List.of("pretrain"));
    }

    private int job(Path configuration, String trial, Path output, String stages, long until)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx" + (Runtime.getRuntime().maxMemory() >> 20) + "m", // as much as this, which only waits
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-Dai.djl.offline=true",
                TrainerJob.class.getName(),
                configuration.toString(),
                "--run",
                id + "-" + trial,
                "--output",
                output.toString(),
                "--stages",
                stages,
                "--until",
                Long.toString(until)));
        Files.createDirectories(output);
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        output.resolve("job.log").toFile()));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().remove("CM3_KAFKA"); // what its trials say is not said of the run
        builder.environment().putIfAbsent("OPENBLAS_NUM_THREADS", "1");
        builder.environment().putIfAbsent("OMP_WAIT_POLICY", "passive");
        if (stopAsked.getAsBoolean()) return JobExit.STOPPED;
        Process process = builder.start();
        var end = new Thread(process::destroy);
        int status;
        try {
            Runtime.getRuntime().addShutdownHook(end);
            status = process.waitFor();
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (IllegalStateException e) { // both are stopped
            process.destroy();
            return process.waitFor();
        }
        if (status == JobExit.UNREACHABLE)
            throw new UnreachableException(
                    new IOException("trial " + trial + " could not reach the store, see " + output.resolve("job.log")));
        if (status != JobExit.COMPLETED && status != JobExit.STOPPED) {
            mirror.list(""); // a key that was taken away fails them all, and whoever goes on has the new one
            System.err.println(
                    "sweep: trial " + trial + " ended with " + status + ", see " + output.resolve("job.log"));
        }
        return status;
    }

    /// What a trial does in the base's folder, such as its transformer, the others find there.
    private static void shareBase(Path shared, Path output) throws IOException {
        Path base = shared.resolve(Run.BASE), link = output.resolve(Run.BASE);
        if (Files.exists(base) && !Files.exists(link))
            Files.createSymbolicLink(link, output.toAbsolutePath().relativize(base.toAbsolutePath()));
    }

    /// The whole stage or nothing of it, wherever this is stopped.
    private static void copy(Path from, Path whole) throws IOException {
        if (Files.exists(whole) || !Files.exists(from)) return; // no prepare without a corpus
        Path to = whole.resolveSibling(whole.getFileName() + ".part");
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                if (from.relativize(file).startsWith("checkpoints")) continue;
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(target);
                else Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(to, whole, StandardCopyOption.ATOMIC_MOVE);
    }

    private void report(List<Sweep.Trial> trials, long spent) {
        List<Sweep.Result> results = new ArrayList<>();
        for (Sweep.Trial trial : trials)
            results.add(new Sweep.Result(trial, scores.getOrDefault(trial.number(), Double.NaN)));
        // who went further was better: a trial that stopped early is not held against one that learned for longer
        List<Sweep.Result> ranked = Sweep.ranked(results).stream()
                .sorted((one, other) -> Long.compare(steps(other.trial()), steps(one.trial())))
                .toList();
        var rows = new ArrayList<Map<String, Object>>();
        int rank = 0;
        for (Sweep.Result result : ranked) {
            var row = new LinkedHashMap<String, Object>();
            row.put("rank", ++rank);
            row.put("trial", result.trial().id());
            row.put("steps", steps(result.trial()));
            row.put(
                    sweep.metric(),
                    Double.isFinite(result.score())
                            ? result.score()
                            : steps(result.trial()) == 0 ? "not run" : "failed");
            row.put("changes", result.trial().changes());
            rows.add(row);
        }
        var json = new LinkedHashMap<String, Object>();
        json.put("name", sweep.name());
        json.put("method", sweep.method());
        json.put("metric", sweep.metric());
        json.put("budget_steps", sweep.budgetSteps());
        json.put("spent_steps", spent);
        json.put("trials", rows);
        Run.write(folder.resolve(TABLE), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json));
        Run.write(folder.resolve(PLOT), plot(ranked));
        for (String file : List.of(TABLE, PLOT)) mirror.put(file, folder.resolve(file));
    }

    private long steps(Sweep.Trial trial) {
        return done.getOrDefault(trial.number(), 0L);
    }

    /// The metric over the steps, a line for each of the best trials.
    private byte[] plot(List<Sweep.Result> ranked) {
        var best = new LinkedHashMap<String, List<Map<String, Double>>>();
        for (Sweep.Result result : ranked) {
            Sweep.Trial trial = result.trial();
            if (best.size() == DRAWN || steps(trial) == 0) break;
            Curves curves = curves(trial, sweep.configuration(trial));
            best.put(trial.id(), curves.stages().getOrDefault("pretrain", List.of()));
        }
        String title = sweep.name() + ": " + sweep.metric();
        return Curves.png(List.of(new Curves(best).panel(title, sweep.metric())));
    }
}
