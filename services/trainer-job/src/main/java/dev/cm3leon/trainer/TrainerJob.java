package dev.cm3leon.trainer;

import dev.cm3leon.events.TrainingEvent;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bytedeco.pytorch.global.torch;
import tools.jackson.databind.json.JsonMapper;

/// Trains a model: `TrainerJob CONFIG [--run ID] [--output DIR] [--stages bpe,vq,...]`. CONFIG is a file, or
/// the name of a configuration that comes with the trainer.
///
/// Standard output carries one event a line as JSON and nothing else. Started again with the same output
/// folder, it goes on where it was. On SIGTERM it saves and exits with 3.
public final class TrainerJob {
    private static final int COMPLETED = 0, FAILED = 1, REFUSED = 2, STOPPED = 3;

    private TrainerJob() {}

    public static void main(String[] arguments) {
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a library prints is no event
        var stop = new AtomicBoolean();
        var done = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.set(true);
            try {
                done.await(60, TimeUnit.SECONDS); // until the checkpoint is written
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        var json = new JsonMapper();
        int status = run(List.of(arguments), event -> out.println(json.writeValueAsString(event)), stop);
        done.countDown();
        Runtime.getRuntime().halt(status); // native threads may outlive main
    }

    static int run(List<String> arguments, Consumer<TrainingEvent> events, AtomicBoolean stop) {
        var options = new LinkedHashMap<String, String>();
        var files = new ArrayList<String>();
        for (int i = 0; i < arguments.size(); i++) {
            if (!arguments.get(i).startsWith("--")) files.add(arguments.get(i));
            else if (i + 1 < arguments.size()) options.put(arguments.get(i), arguments.get(++i));
            else return refuse("a value is missing after " + arguments.get(i));
        }
        for (String option : options.keySet())
            if (!List.of("--run", "--output", "--stages").contains(option))
                return refuse("unknown option " + option + "; known: --run, --output, --stages");
        if (files.size() != 1)
            return refuse("usage: TrainerJob CONFIG [--run ID] [--output DIR] [--stages "
                    + String.join(",", STAGES.keySet()) + "]");

        TrainingConfiguration configuration;
        String id;
        List<String> stages;
        String stage = "configuration";
        try {
            Path file = Path.of(files.getFirst());
            configuration = Files.isRegularFile(file)
                    ? TrainingConfiguration.read(file)
                    : TrainingConfiguration.named(files.getFirst());
            id = options.getOrDefault("--run", configuration.name());
            stages = List.of(options.getOrDefault("--stages", String.join(",", STAGES.keySet()))
                    .split(","));
            for (String name : stages)
                if (!STAGES.containsKey(name))
                    throw new IllegalArgumentException("no stage " + name + " among " + STAGES.keySet());
        } catch (Exception e) {
            events.accept(new TrainingEvent.TrainingFailed(options.getOrDefault("--run", "unknown"), stage, reason(e)));
            return refuse(reason(e));
        }

        long started = System.nanoTime();
        try {
            torch.set_num_threads(configuration.threads());
            Path folder = Path.of(options.getOrDefault("--output", "training-" + id));
            var run = new Run(id, configuration, folder, events, stop::get);
            Run.write(folder.resolve("configuration.json"), configuration.json());
            for (var entry : STAGES.entrySet()) {
                if (!stages.contains(entry.getKey())) continue;
                stage = entry.getKey();
                if (!entry.getValue().test(run) || stop.get()) return STOPPED;
            }
            if (stages.contains("export"))
                events.accept(new TrainingEvent.TrainingCompleted(
                        id, run.stage("bundle").toAbsolutePath().toString(), (System.nanoTime() - started) / 1e9));
            return COMPLETED;
        } catch (Exception e) {
            e.printStackTrace();
            events.accept(new TrainingEvent.TrainingFailed(id, stage, reason(e)));
            return FAILED;
        }
    }

    private static final Map<String, Predicate<Run>> STAGES = stages();

    private static Map<String, Predicate<Run>> stages() {
        var stages = new LinkedHashMap<String, Predicate<Run>>();
        stages.put("bpe", BpeStage::run);
        stages.put("vq", VqStage::run);
        stages.put("decoder", VqStage::decoder);
        stages.put("clip", ClipStage::run);
        stages.put("pretrain", PretrainStage::run);
        stages.put("export", ExportStage::run);
        return stages;
    }

    private static int refuse(String reason) {
        System.err.println("trainer-job: " + reason);
        return REFUSED;
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
