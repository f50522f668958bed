package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Jobs as processes of this machine, each in its run's folder:
/// ```
/// config.json    the run's configuration, where it is not just the name of one that comes with the trainer
/// events.jsonl   what the job said on its standard output, one [TrainingEvent] a line
/// told           how many bytes of it were passed on
/// job.log        its standard error
/// ```
/// The folder and the process table are all there is to know, so a job outlives a killed orchestrator and is found
/// again by the next one.
final class ProcessJobLauncher implements JobLauncher {
    private static final Logger log = LoggerFactory.getLogger(ProcessJobLauncher.class);
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);
    private static final int LAST_LINES = 15;

    private final Path folder;
    private final List<String> command;
    private final Function<String, TrainingEvent> parse;
    private final Map<String, Follower> followers = new HashMap<>();
    private boolean closed;

    /// @param folder of all runs
    /// @param command that starts a job in the folder of its run; `{run}` stands for the run's id,
    ///     `{configuration}` for its file or name
    /// @param parse a line of a job's output
    ProcessJobLauncher(Path folder, List<String> command, Function<String, TrainingEvent> parse) {
        this.folder = folder.toAbsolutePath();
        this.command = List.copyOf(command);
        this.parse = parse;
        if (command.stream().noneMatch(word -> word.contains("{run}"))) {
            throw new IllegalArgumentException("need {run} in the job's command to find its process, got " + command);
        }
    }

    @Override
    public String name() {
        return "process";
    }

    @Override
    public synchronized void start(StageJob wanted, Listener listener) {
        if (closed) throw notNow("the orchestrator is shutting down");
        String run = wanted.run();
        Follower ending = followers.get(run);
        if (ending != null && ending.stopping.get()) {
            throw notNow("the process of run " + run + " is still saving");
        }
        if (ending != null) return;
        Job job = find(run).map(Job::new).orElseGet(() -> launch(wanted));
        log.atInfo()
                .addKeyValue("run", run)
                .addKeyValue("attempt", wanted.attempt())
                .addKeyValue("pid", job.handle.pid())
                .log(job.child == null ? "attached to a training job" : "started a training job");
        follow(run, wanted.attempt(), job, listener);
    }

    @Override
    public synchronized void attach(StageJob job, Listener listener) {
        if (followers.containsKey(job.run())) return;
        follow(job.run(), job.attempt(), find(job.run()).map(Job::new).orElse(null), listener);
    }

    @Override
    public void suspend(StageJob job, Listener listener) {
        stop(job.run(), job.attempt(), listener); // it saves on its way out
    }

    @Override
    public synchronized void stop(String run, int attempt, Listener listener) {
        Follower follower = followers.get(run);
        Job job = follower != null ? follower.job : find(run).map(Job::new).orElse(null);
        if (follower == null) follower = follow(run, attempt, job, listener);
        if (job != null && follower.stopping.compareAndSet(false, true))
            Thread.ofVirtual().name("stop-" + run).start(() -> end(job.handle));
    }

    @Override
    public void release(String run, int current) {} // a run's folder is kept

    @Override
    public void close() {
        List<Follower> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(followers.values());
        }
        all.forEach(follower -> follower.thread.interrupt());
        all.parallelStream()
                .flatMap(follower -> Stream.ofNullable(follower.job))
                .forEach(job -> end(job.handle));
    }

    private static UncheckedIOException notNow(String reason) {
        return new UncheckedIOException(reason, new IOException(reason));
    }

    /// The folder of a run; a run's id is a name, not a path.
    private Path folder(String run) {
        if (!run.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new IllegalArgumentException("need a run id of letters, digits, '.', '_' and '-', got " + run);
        }
        return folder.resolve(run);
    }

    private Job launch(StageJob job) {
        Path home = folder(job.run());
        try {
            Files.createDirectories(home);
            String configuration = job.configuration();
            if (configuration.stripLeading().startsWith("{")) {
                Files.writeString(home.resolve("config.json"), configuration);
                configuration = "config.json";
            }
            Path events = home.resolve("events.jsonl");
            if (endsInMidLine(events)) Files.writeString(events, "\n", StandardOpenOption.APPEND);
            var builder = new ProcessBuilder(words(job.run(), configuration))
                    .directory(home.toFile())
                    .redirectOutput(Redirect.appendTo(events.toFile()))
                    .redirectError(Redirect.appendTo(home.resolve("job.log").toFile()));
            // threaded OpenBLAS inside OpenMP is hundreds of times slower than one thread of it
            builder.environment().putIfAbsent("OPENBLAS_NUM_THREADS", "1");
            builder.environment().putIfAbsent("OMP_WAIT_POLICY", "passive");
            return new Job(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the training job in " + home, e);
        }
    }

    private List<String> words(String run, String configuration) {
        return command.stream()
                .map(word -> word.replace("{run}", run).replace("{configuration}", configuration))
                .toList();
    }

    /// The live process that was started for a run, by whichever orchestrator: its command line names the run.
    private Optional<ProcessHandle> find(String run) {
        List<String> marks = command.stream()
                .filter(word -> word.contains("{run}"))
                .map(word -> word.replace("{run}", run))
                .toList();
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> Arrays.asList(arguments).containsAll(marks))
                        .orElse(false))
                .filter(ProcessHandle::isAlive)
                .findFirst();
    }

    private Follower follow(String run, int attempt, @Nullable Job job, Listener listener) {
        var thread = Thread.ofVirtual().name("follow-" + run).unstarted(() -> {
            try {
                passOn(run, job, listener);
                Integer exitCode = job == null || job.child == null ? null : job.child.waitFor();
                var end = Input.JobEnded.of(attempt, exitCode, lastLines(run), Instant.now());
                boolean stopped = isStopping(run);
                if (stopped) retried(() -> listener.ended(run, end)); // before anybody can start it again
                synchronized (this) {
                    if (closed) return;
                    followers.remove(run);
                }
                if (!stopped) retried(() -> listener.ended(run, end)); // which may start it again
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // closed
            }
        });
        var follower = new Follower(thread, job, new AtomicBoolean());
        followers.put(run, follower);
        thread.start();
        return follower;
    }

    private synchronized boolean isStopping(String run) {
        Follower follower = followers.get(run);
        return follower != null && follower.stopping.get() && !closed;
    }

    /// Passes on every whole line of the job's output until the job is gone and everything is told.
    private void passOn(String run, @Nullable Job job, Listener listener) throws InterruptedException {
        long wait = 200;
        while (true) {
            boolean gone =
                    job == null || !job.handle.isAlive(); // looked at before reading: nothing is written after the end
            try {
                boolean news = passOnNews(run, listener);
                if (gone && !news) return;
                if (!gone) Thread.sleep(LOOK_EVERY);
                wait = 200;
            } catch (IOException e) { // the disk may be full, or be away for a while
                log.atWarn()
                        .addKeyValue("run", run)
                        .addKeyValue("again_in_ms", wait)
                        .setCause(e)
                        .log("cannot read what a training job says");
                Thread.sleep(wait);
                wait = Math.min(2 * wait, 10_000);
            }
        }
    }

    /// Every whole line that was not passed on yet; false where there was none.
    private boolean passOnNews(String run, Listener listener) throws IOException, InterruptedException {
        Path events = folder(run).resolve("events.jsonl");
        if (!Files.exists(events)) return false;
        long position = told(run);
        byte[] news = from(events, position);
        int start = 0;
        for (int i = 0; i < news.length; i++) {
            if (news[i] != '\n') continue;
            String line = new String(news, start, i - start, StandardCharsets.UTF_8);
            start = i + 1;
            tell(run, line, listener);
            Path written = Files.writeString(folder(run).resolve("told.new"), Long.toString(position + start));
            Files.move(written, folder(run).resolve("told"), StandardCopyOption.ATOMIC_MOVE);
        }
        return start > 0;
    }

    /// How many bytes were passed on; none where that cannot be known: events have ids, twice does no harm.
    private long told(String run) throws IOException {
        Path told = folder(run).resolve("told");
        if (!Files.exists(told)) return 0;
        String bytes = Files.readString(told);
        if (bytes.matches("[0-9]{1,18}")) return Long.parseLong(bytes);
        log.atWarn().addKeyValue("run", run).addKeyValue("told", bytes).log("passing on a job's words from the start");
        return 0;
    }

    private void tell(String run, String line, Listener listener) throws InterruptedException {
        if (line.isBlank()) return;
        TrainingEvent event;
        try {
            event = parse.apply(line);
        } catch (RuntimeException e) {
            log.atWarn().addKeyValue("run", run).addKeyValue("line", line).log("a training job said what is no event");
            return;
        }
        if (!event.run().equals(run)) {
            log.atWarn().addKeyValue("run", run).addKeyValue("of", event.run()).log("a training job spoke of another");
            return;
        }
        retried(() -> listener.told(run, event));
    }

    /// Until it works: what a job said must reach the broker, and the job goes on meanwhile.
    private static void retried(Runnable action) throws InterruptedException {
        for (long wait = 200; ; wait = Math.min(2 * wait, 10_000)) {
            try {
                action.run();
                return;
            } catch (RuntimeException e) {
                log.atWarn().addKeyValue("again_in_ms", wait).setCause(e).log("cannot pass on a training job's word");
                Thread.sleep(wait);
            }
        }
    }

    private static byte[] from(Path file, long position) throws IOException {
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            long length = in.length() - position;
            if (length <= 0) return new byte[0];
            byte[] bytes = new byte[(int) Math.min(length, 1 << 20)];
            in.seek(position);
            in.readFully(bytes);
            return bytes;
        }
    }

    private static boolean endsInMidLine(Path file) throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) return false;
        return from(file, Files.size(file) - 1)[0] != '\n';
    }

    private static void end(ProcessHandle job) {
        try {
            job.destroy();
            job.onExit().orTimeout(GRACE.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CompletionException tooSlow) {
            job.descendants().forEach(ProcessHandle::destroyForcibly);
            job.destroyForcibly();
            job.onExit().join();
        }
    }

    private String lastLines(String run) {
        try {
            Path file = folder(run).resolve("job.log");
            byte[] end = from(file, Math.max(0, Files.size(file) - 8192));
            List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (IOException e) {
            return ""; // a job that never ran has no log
        }
    }

    /// @param child null where another orchestrator started it, whose exit code nobody can ask for
    private record Job(ProcessHandle handle, @Nullable Process child) {
        Job(ProcessHandle handle) {
            this(handle, null);
        }

        Job(Process child) {
            this(child.toHandle(), child);
        }
    }

    /// @param thread that passes on what the job says
    /// @param stopping whether the job was told to stop
    private record Follower(Thread thread, @Nullable Job job, AtomicBoolean stopping) {}
}
