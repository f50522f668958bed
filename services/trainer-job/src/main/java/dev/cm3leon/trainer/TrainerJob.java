package dev.cm3leon.trainer;

import static dev.cm3leon.events.JobExit.COMPLETED;
import static dev.cm3leon.events.JobExit.FAILED;
import static dev.cm3leon.events.JobExit.LOST_WORKER;
import static dev.cm3leon.events.JobExit.REFUSED;
import static dev.cm3leon.events.JobExit.STOPPED;
import static dev.cm3leon.events.JobExit.UNREACHABLE;
import static dev.cm3leon.events.TrainingStage.BPE;
import static dev.cm3leon.events.TrainingStage.FINETUNE;
import static dev.cm3leon.events.TrainingStage.PREPARE;
import static dev.cm3leon.events.TrainingStage.PUBLISH;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingStage;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.LostWorkerException;
import dev.cm3leon.trainer.torch.Mirror;
import dev.cm3leon.trainer.torch.Workers;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Trains a model: `TrainerJob CONFIG [--run ID] [--output DIR] [--stages bpe,vq,...] [--until STEP]`. CONFIG
/// is a file, or the name of a configuration that comes with the trainer. A file may hold a [Sweep]: that is
/// then the run.
///
/// Standard output carries one training event a line as JSON and nothing else; with `CM3_KAFKA` they go to
/// Kafka instead. Started again with the same output folder, or with the same run and object store, it goes
/// on where it was. On SIGTERM it saves and exits with 3. Several workers (see [JobEnvironment]) train one
/// model together; when one of them is lost, never comes, or stops alone, the others exit with 4. Where the object
/// store or the broker cannot be reached for minutes, or the store's key is changed, it exits with 5. After 3, 4 and 5
/// it may be started again.
public final class TrainerJob {
    private static final List<String> OPTIONS = List.of("--run", "--output", "--stages", "--until");

    private static final Duration LONGEST_SAVE = Duration.ofMinutes(1);

    private TrainerJob() {}

    public static void main(String[] arguments) {
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a library prints is no event
        var stop = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.set(true);
            try {
                Thread.sleep(LONGEST_SAVE); // main halts with its status before; a hook that returns ends it with 143
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        int status = run(List.of(arguments), System.getenv(), out, stop);
        Runtime.getRuntime().halt(status); // native threads may outlive main
    }

    /// As the environment says: events to Kafka or to `out`, files in the object store or not.
    static int run(List<String> arguments, Map<String, String> variables, PrintStream out, AtomicBoolean stop) {
        JobEnvironment environment;
        try {
            environment = JobEnvironment.of(variables);
        } catch (IllegalArgumentException e) {
            return refuse(reason(e));
        }
        if (environment.kafka().isEmpty()) {
            var json = new JsonMapper();
            return run(
                    arguments,
                    environment,
                    event -> {
                        if (event instanceof TrainingEvent) out.println(json.writeValueAsString(event));
                    },
                    stop);
        }
        KafkaEvents events;
        try {
            events = new KafkaEvents(environment.kafka().get(), environment.kafkaProperties(), InstantSource.system());
        } catch (KafkaException e) {
            System.err.println("trainer-job: " + e.getMessage());
            return UNREACHABLE;
        }
        return told(arguments, environment, events, stop);
    }

    /// A job whose events cannot all be told is not done.
    static int told(List<String> arguments, JobEnvironment environment, KafkaEvents events, AtomicBoolean stop) {
        int status = COMPLETED;
        try (events) {
            status = run(arguments, environment, events, stop);
        } catch (KafkaException e) {
            System.err.println("trainer-job: " + e.getMessage());
            if (status == COMPLETED) return UNREACHABLE;
        }
        return status;
    }

    /// One worker in its folder.
    static int run(List<String> arguments, Consumer<Event> events, AtomicBoolean stop) {
        return run(arguments, JobEnvironment.of(Map.of()), events, stop);
    }

    private static int run(
            List<String> arguments, JobEnvironment environment, Consumer<Event> heard, AtomicBoolean stop) {
        Optional<ObjectStore> store;
        try {
            store = environment.store();
        } catch (IllegalArgumentException e) {
            return refuse(reason(e));
        }
        return run(arguments, environment, store.orElse(null), heard, stop);
    }

    /// @param store of the run's files, besides its folder
    static int run(
            List<String> arguments,
            JobEnvironment environment,
            @Nullable ObjectStore store,
            Consumer<Event> heard,
            AtomicBoolean stop) {
        return run(arguments, environment, store, StoreMirror.PATIENT, heard, stop);
    }

    /// @param waits for a store that cannot be reached
    static int run(
            List<String> arguments,
            JobEnvironment environment,
            @Nullable ObjectStore store,
            List<Long> waits,
            Consumer<Event> heard,
            AtomicBoolean stop) {
        boolean first = environment.share().index() == 0;
        Consumer<Event> events = event -> {
            synchronized (heard) { // checkpoints are told by another thread
                if (first) heard.accept(event);
            }
        };
        Order order;
        try {
            order = Order.of(arguments);
            if (Sweep.isOne(Path.of(order.configuration()))) return sweep(order, store, waits, events, stop);
        } catch (IllegalArgumentException | IOException e) {
            return refuse(reason(e));
        }
        Set<TrainingStage> stages;
        Run alone;
        try {
            TrainingConfiguration configuration = configuration(order.configuration());
            long until = Long.parseLong(order.get("--until", Long.toString(Long.MAX_VALUE)));
            stages = stages(order, store != null);
            refuseMissing(configuration, stages);
            prepareDevice(configuration, environment.share().count());
            String id = order.get("--run", configuration.name());
            Path folder = Path.of(order.get("--output", "training-" + id));
            Mirror mirror = store == null ? Mirror.NONE : new StoreMirror(store, id).waiting(waits);
            alone = new Run(id, configuration, folder, events, stop::get, Workers.ALONE, mirror, until);
        } catch (Exception e) {
            events.accept(new TrainingEvent.TrainingFailed(order.get("--run", "unknown"), "configuration", reason(e)));
            return refuse(reason(e));
        }
        Runnable flush = () -> {
            if (first && heard instanceof KafkaEvents kafka) kafka.flush();
        };
        boolean whole = !order.options().containsKey("--stages"); // else the run may go on elsewhere
        return train(alone, stages, whole, environment, flush);
    }

    /// What the command line says.
    ///
    /// @param configuration a file, or the name of one that comes with the trainer
    private record Order(String configuration, Map<String, String> options) {

        /// @throws IllegalArgumentException when it says something else
        static Order of(List<String> arguments) {
            var options = new LinkedHashMap<String, String>();
            var files = new ArrayList<String>();
            for (int i = 0; i < arguments.size(); i++) {
                if (!arguments.get(i).startsWith("--")) files.add(arguments.get(i));
                else if (i + 1 < arguments.size()) options.put(arguments.get(i), arguments.get(++i));
                else throw new IllegalArgumentException("a value is missing after " + arguments.get(i));
            }
            for (String option : options.keySet())
                if (!OPTIONS.contains(option))
                    throw new IllegalArgumentException("unknown option " + option + "; known: " + OPTIONS);
            if (files.size() != 1)
                throw new IllegalArgumentException(
                        "usage: TrainerJob CONFIG [--run ID] [--output DIR] [--until STEP] [--stages "
                                + String.join(",", names()) + "]");
            return new Order(files.getFirst(), options);
        }

        String get(String option, String otherwise) {
            return options.getOrDefault(option, otherwise);
        }
    }

    /// Those asked for, else all; nothing is published without a store.
    private static Set<TrainingStage> stages(Order order, boolean hasStore) {
        String asked = order.options().get("--stages");
        if (asked == null)
            return hasStore ? EnumSet.allOf(TrainingStage.class) : EnumSet.complementOf(EnumSet.of(PUBLISH));
        var stages = EnumSet.noneOf(TrainingStage.class);
        for (String name : asked.split(",")) {
            int place = names().indexOf(name);
            if (place < 0) throw new IllegalArgumentException("no stage " + name + " among " + names());
            stages.add(TrainingStage.values()[place]);
        }
        return stages;
    }

    private static List<String> names() {
        return Arrays.stream(TrainingStage.values()).map(TrainingStage::id).toList();
    }

    private static void prepareDevice(TrainingConfiguration configuration, int workers) {
        var need = MemoryNeed.of(configuration, workers);
        need.checkHeap(Runtime.getRuntime().maxMemory());
        Device.use(configuration.execution().device());
        if (Device.training() == Device.CPU) need.check();
        if (configuration.transformer().half() && !Device.training().fastInBfloat16())
            System.err.println("trainer-job: transformer.half has no effect: bfloat16 is slow on this processor,"
                    + " which has no AVX-512; maps multiply in float");
    }

    /// The stages one after the other, each told when it fails.
    ///
    /// @param whole whether the run is through then
    private static int train(
            Run alone, Set<TrainingStage> stages, boolean whole, JobEnvironment environment, Runnable flush) {
        String id = alone.id();
        long started = System.nanoTime();
        var at = new String[] {"start"};
        try {
            if (environment.share().count() > 1 && isThrough(alone, stages)) return COMPLETED;
            try (Workers workers = environment.meet()) {
                Device.useThreads(alone.configuration().threads());
                Run run = alone.with(workers);
                if (!train(run, stages, at))
                    // who stops because another one was asked to has lost that one
                    return workers.share().count() == 1
                                    || run.stopAsked().getAsBoolean()
                                    || run.until() < Long.MAX_VALUE
                            ? STOPPED
                            : LOST_WORKER;
                if (whole)
                    run.events()
                            .accept(new TrainingEvent.TrainingCompleted(
                                    id,
                                    run.stage("bundle").toAbsolutePath().toString(),
                                    (System.nanoTime() - started) / 1e9));
                return isTold(workers, flush) ? COMPLETED : LOST_WORKER;
            }
        } catch (LostWorkerException e) {
            System.err.println("trainer-job: in stage " + at[0] + ": " + e.getMessage());
            return LOST_WORKER;
        } catch (UnreachableException e) {
            System.err.println("trainer-job: in stage " + at[0] + ": " + e.getMessage());
            return UNREACHABLE;
        } catch (RefusedException e) {
            alone.events().accept(new TrainingEvent.TrainingFailed(id, at[0], reason(e)));
            return refuse(reason(e));
        } catch (Exception | Error e) {
            e.printStackTrace();
            alone.events().accept(new TrainingEvent.TrainingFailed(id, at[0], reason(e)));
            return FAILED;
        }
    }

    /// Whether the workers did what is asked for before. Who comes back then meets nobody. Scores and a bundle may be
    /// made again, so a job that ends with them is never through.
    private static boolean isThrough(Run run, Set<TrainingStage> stages) throws IOException {
        if (!Collections.max(stages).isTogether()) return false;
        List<String> parts = stages.stream()
                .flatMap(stage -> parts(stage, run.configuration()).stream())
                .toList();
        if (!parts.isEmpty() && !run.isKept(parts.getLast())) return false;
        run.refuseOtherStages();
        return true;
    }

    /// @param at which stage it is in
    /// @return false if asked to stop
    private static boolean train(Run run, Set<TrainingStage> stages, String[] at) throws IOException {
        run.refuseBase();
        run.refuseOtherStages();
        run.workers().sum(0); // all have looked
        if (run.workers().first()) {
            Path written = run.folder().resolve("configuration.json");
            Run.write(written, run.configuration().json());
            run.mirror().put("configuration.json", written);
        }
        for (TrainingStage stage : TrainingStage.values()) {
            for (String part : parts(stage, run.configuration())) {
                at[0] = part;
                run.fetch(output(part));
                if (stages.contains(stage) && !run(run, part, stage)) return false;
            }
        }
        return true;
    }

    /// Whether everything is told, before which no worker is through: the first one comes back otherwise, and needs
    /// the others.
    ///
    /// @throws UnreachableException where this worker is the one that could not tell it
    private static boolean isTold(Workers workers, Runnable flush) {
        KafkaException untold = null;
        try {
            flush.run();
        } catch (KafkaException e) {
            untold = e;
        }
        boolean told = workers.sum(untold == null ? 0 : 1)[0] == 0;
        if (untold != null) throw new UnreachableException(untold);
        return told;
    }

    /// A search for hyper-parameters: a run whose trials are jobs of this one.
    private static int sweep(
            Order order, @Nullable ObjectStore store, List<Long> waits, Consumer<Event> events, AtomicBoolean stop) {
        String id = order.get("--run", "sweep");
        Sweep sweep;
        try {
            sweep = SweepRun.read(Path.of(order.configuration()));
        } catch (IllegalArgumentException | IOException e) {
            events.accept(new TrainingEvent.TrainingFailed(id, "configuration", reason(e)));
            return refuse(reason(e));
        }
        Path folder = Path.of(order.get("--output", "sweep-" + sweep.name()));
        Mirror mirror = store == null ? Mirror.NONE : new StoreMirror(store, id).waiting(waits);
        try {
            return new SweepRun(sweep, folder, id, events, mirror, stop::get).run() ? COMPLETED : STOPPED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return STOPPED;
        } catch (UnreachableException e) {
            System.err.println("trainer-job: " + e.getMessage());
            return UNREACHABLE;
        } catch (RefusedException e) {
            events.accept(new TrainingEvent.TrainingFailed(id, "sweep", reason(e)));
            return refuse(reason(e));
        } catch (IOException | RuntimeException | Error e) {
            e.printStackTrace();
            events.accept(new TrainingEvent.TrainingFailed(id, "sweep", reason(e)));
            return FAILED;
        }
    }

    /// Every worker does the stages that are done together; the first one does the others alone, and the rest wait for
    /// it.
    private static boolean run(Run run, String name, TrainingStage stage) {
        String mark = "stage " + name;
        boolean whole;
        try {
            if (stage.isTogether() || run.workers().first()) {
                try (var scope = new PointerScope()) { // what it made of native memory goes with it
                    Run its = stage.isTogether() ? run : run.with(Workers.ALONE);
                    whole = work(stage).test(its, name) && !run.stopAsked().getAsBoolean();
                }
            } else whole = true;
            if (whole) run.keep(output(name));
        } catch (RuntimeException | Error e) {
            if (run.workers().first()) run.workers().tell(mark, "failed"); // nobody waits for it
            throw e;
        }
        if (run.workers().share().count() == 1) return whole;

        if (run.workers().first()) run.workers().tell(mark, whole ? "done" : "stopped");
        boolean done = run.workers().await(mark).equals("done");
        if (done && !run.workers().first()) run.fetch(output(name));
        return done;
    }

    /// The folder that a stage fills.
    private static String output(String name) {
        return name.equals("export") ? "bundle" : name;
    }

    private static BiPredicate<Run, String> work(TrainingStage stage) {
        return switch (stage) {
            case BPE -> (run, _) -> BpeStage.run(run);
            case VQ -> (run, _) -> VqStage.run(run);
            case DECODER -> (run, _) -> VqStage.decoder(run);
            case CLIP -> (run, _) -> ClipStage.run(run);
            case PREPARE -> (run, _) -> PrepareStage.run(run);
            case PRETRAIN -> (run, _) -> PretrainStage.run(run);
            case FINETUNE -> PretrainStage::finetune;
            case EVALUATE -> (run, _) -> PretrainStage.evaluate(run);
            case EXPORT -> (run, _) -> ExportStage.run(run);
            case PUBLISH -> (run, _) -> PublishStage.run(run);
        };
    }

    /// `finetune` has as many as its configuration says.
    private static List<String> parts(TrainingStage stage, TrainingConfiguration configuration) {
        if (stage != FINETUNE) return List.of(stage.id());
        return configuration.trainings().subList(1, configuration.trainings().size());
    }

    /// A stage's corpora are looked for before anything starts, those of `finetune` by the jobs of the stages before
    /// it, too.
    private static void refuseMissing(TrainingConfiguration configuration, Set<TrainingStage> stages) {
        var folders = new LinkedHashMap<String, String>();
        String corpus = configuration.shards().corpus();
        if (!corpus.isEmpty() && stages.stream().anyMatch(EnumSet.range(BPE, PREPARE)::contains))
            folders.put("shards.corpus", corpus);
        if (stages.stream().anyMatch(EnumSet.range(BPE, FINETUNE)::contains))
            for (int i = 0; i < configuration.finetune().size(); i++)
                for (var source : configuration.finetune().get(i).corpora().entrySet())
                    folders.put(
                            "finetune[%d].corpora.%s.corpus".formatted(i, source.getKey()),
                            source.getValue().corpus());
        folders.forEach((field, folder) -> {
            if (folder.isEmpty() || !Files.isDirectory(Path.of(folder)))
                throw new IllegalArgumentException(field + " = " + folder + " is no folder");
        });
    }

    /// A file, or the name of one that comes with the trainer.
    static TrainingConfiguration configuration(String fileOrName) throws IOException {
        Path file = Path.of(fileOrName);
        return Files.isRegularFile(file) ? TrainingConfiguration.read(file) : TrainingConfiguration.named(fileOrName);
    }

    private static int refuse(String reason) {
        System.err.println("trainer-job: " + reason);
        return REFUSED;
    }

    private static String reason(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
