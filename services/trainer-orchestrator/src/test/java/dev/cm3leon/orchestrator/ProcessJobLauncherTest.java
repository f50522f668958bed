package dev.cm3leon.orchestrator;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.JobRequest;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real processes: a shell script stands for the trainer and says `STEP` lines instead of JSON.
class ProcessJobLauncherTest {
    @TempDir
    Path folder;

    private final String run = "run-" + UUID.randomUUID();
    private final Heard heard = new Heard();
    private @Nullable ProcessJobLauncher launcher;

    @AfterEach
    void close() {
        if (launcher != null) launcher.close();
    }

    @Test
    void passesOnWhatAJobSaysThenHowItEnded() throws Exception {
        launcher = launcher("echo STEP 1; echo STEP 2; echo no event; cat $0 >&2; exit 5");

        launcher.start(job(1), heard);

        assertThat(heard.next()).isEqualTo(step(1));
        assertThat(heard.next()).isEqualTo(step(2));
        assertThat(heard.next()).isEqualTo(ended(1, 5, "{\"steps\":2}"));
    }

    @Test
    void aKilledJobEndsWithTheSignal() throws Exception {
        launcher = launcher("echo STEP $$; while :; do sleep 0.1; done");
        launcher.start(job(1), heard);
        long pid = ((TrainingProgress) heard.next()).step();

        ProcessHandle.of(pid).orElseThrow().destroyForcibly();

        assertThat(heard.next()).isEqualTo(ended(1, 137, ""));
    }

    @Test
    void startingTwiceGivesOneJob() throws Exception {
        launcher = launcher("echo STEP $$; while :; do sleep 0.1; done");

        launcher.start(job(1), heard);
        launcher.start(job(1), heard);

        assertThat(heard.next()).isInstanceOf(TrainingProgress.class);
        assertThat(heard.events.poll(1, SECONDS)).isNull();
    }

    @Test
    void aJobOutlivesItsOrchestratorAndIsFoundByTheNext() throws Exception {
        var killed = launcher("echo STEP 1; while [ ! -e go ]; do sleep 0.05; done; echo STEP 2");
        killed.start(job(1), heard);
        assertThat(heard.next()).isEqualTo(step(1));
        heard.refusals = Integer.MAX_VALUE; // a killed orchestrator takes nothing any more
        var later = new Heard();
        launcher = launcher("echo must not run");

        launcher.start(job(2), later);
        Files.createFile(folder.resolve(run).resolve("go"));

        assertThat(later.next()).isEqualTo(step(2));
        assertThat(later.next()).isEqualTo(ended(2, null, ""));
    }

    @Test
    void attachingToAJobThatIsGoneTellsTheRestAndTheEnd() throws Exception {
        Path home = Files.createDirectories(folder.resolve(run));
        Files.writeString(home.resolve("events.jsonl"), "STEP 1\nSTEP 2\nSTE");
        Files.writeString(home.resolve("told"), "7");
        launcher = launcher("echo must not run");

        launcher.attach(job(1), heard);

        assertThat(heard.next()).isEqualTo(step(2));
        assertThat(heard.next()).isEqualTo(ended(1, null, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1x"})
    void whereItIsNotKnownWhatWasToldEverythingIsToldAgain(String told) throws Exception {
        Path home = Files.createDirectories(folder.resolve(run));
        Files.writeString(home.resolve("events.jsonl"), "STEP 1\nSTEP 2\n");
        Files.writeString(home.resolve("told"), told);
        launcher = launcher("echo must not run");

        launcher.attach(job(1), heard);

        assertThat(heard.next()).isEqualTo(step(1));
        assertThat(heard.next()).isEqualTo(step(2));
        assertThat(heard.next()).isEqualTo(ended(1, null, ""));
        assertThat(home.resolve("told")).hasContent("14");
    }

    @Test
    void whatCannotBeReadNowIsReadLater() throws Exception {
        Path home = Files.createDirectories(folder.resolve(run));
        Files.writeString(home.resolve("events.jsonl"), "STEP 1\n");
        Path unreadable = Files.createDirectory(home.resolve("told"));
        launcher = launcher("echo must not run");

        launcher.attach(job(1), heard);
        assertThat(heard.events.poll(500, MILLISECONDS)).isNull();
        Files.delete(unreadable);

        assertThat(heard.next()).isEqualTo(step(1));
        assertThat(heard.next()).isEqualTo(ended(1, null, ""));
    }

    @Test
    void aLineThatWasCutByAKillDoesNotSpoilTheNext() throws Exception {
        Path home = Files.createDirectories(folder.resolve(run));
        Files.writeString(home.resolve("events.jsonl"), "STE");
        launcher = launcher("echo STEP 5");

        launcher.start(job(2), heard);

        assertThat(heard.next()).isEqualTo(step(5));
    }

    @Test
    void stoppingEndsTheProcess() throws Exception {
        launcher = launcher("echo STEP $$; while :; do sleep 0.1; done");
        launcher.start(job(1), heard);
        long pid = ((TrainingProgress) heard.next()).step();

        launcher.stop(run, 1, heard);

        assertThat(heard.next()).isEqualTo(ended(1, 143, ""));
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void aSuspendedJobGoesOnInAnotherProcess() throws Exception {
        launcher = launcher("trap 'while [ ! -e saved ]; do sleep 0.05; done; exit 3' TERM;"
                + " echo STEP $$; while :; do sleep 0.1; done");
        launcher.start(job(1), heard);
        long pid = ((TrainingProgress) heard.next()).step();

        launcher.suspend(job(1), heard);
        assertThatThrownBy(() -> launcher.start(job(1), heard)).hasMessageContaining("still saving");
        Files.createFile(folder.resolve(run).resolve("saved"));
        assertThat(heard.next()).isEqualTo(ended(1, 3, ""));
        for (int tries = 0; tries < 50; tries++) {
            try {
                launcher.start(job(1), heard);
                break;
            } catch (UncheckedIOException notYet) {
                Thread.sleep(100);
            }
        }

        assertThat(((TrainingProgress) heard.next()).step()).isNotEqualTo(pid);
    }

    @Test
    void stoppingWhereThereIsNoJobTellsAnEnd() throws Exception {
        launcher = launcher("echo must not run");

        launcher.stop(run, 1, heard);

        assertThat(heard.next()).isEqualTo(ended(1, null, ""));
    }

    @Test
    void closingStopsTheJobsWithoutAWord() throws Exception {
        launcher = launcher("echo STEP $$; while :; do sleep 0.1; done");
        launcher.start(job(1), heard);
        long pid = ((TrainingProgress) heard.next()).step();

        launcher.close();

        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(heard.events.poll(500, MILLISECONDS)).isNull();
    }

    @Test
    void aWordIsTriedAgainUntilItIsTaken() throws Exception {
        launcher = launcher("echo STEP 1; echo STEP 2");
        heard.refusals = 2;

        launcher.start(job(1), heard);

        assertThat(heard.next()).isEqualTo(step(1));
        assertThat(heard.next()).isEqualTo(step(2));
    }

    @Test
    void aRunsIdIsNoPath() {
        launcher = launcher("echo must not run");
        var outside = new StageJob("../x", 1, "", 1, "{}", JobRequest.DEFAULT);

        assertThatThrownBy(() -> launcher.start(outside, heard))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("../x");
    }

    @Test
    void aConfigurationIsAFileOrAName() throws Exception {
        launcher = launcher("echo $0 >&2; exit 5");

        launcher.start(configured("demo"), heard);

        assertThat(heard.next()).isEqualTo(ended(1, 5, "demo"));
    }

    private StageJob job(int attempt) {
        return new StageJob(run, attempt, "", 1, "{\"steps\":2}", JobRequest.DEFAULT);
    }

    private StageJob configured(String configuration) {
        return new StageJob(run, 1, "", 1, configuration, JobRequest.DEFAULT);
    }

    private ProcessJobLauncher launcher(String script) {
        return new ProcessJobLauncher(folder, List.of("sh", "-c", script, "{configuration}", "run={run}"), this::parse);
    }

    private TrainingEvent parse(String line) {
        if (!line.startsWith("STEP ")) throw new IllegalArgumentException(line);
        return step(Long.parseLong(line.substring(5)));
    }

    private TrainingProgress step(long step) {
        return new TrainingProgress(run, "pretrain", step, 2, 1, 1, 1, Map.of());
    }

    private static Input.JobEnded ended(int attempt, @Nullable Integer exitCode, String lastLines) {
        return Input.JobEnded.of(attempt, exitCode, lastLines, Instant.EPOCH);
    }

    private static final class Heard implements JobLauncher.Listener {
        final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        volatile int refusals;

        @Override
        public void told(String run, TrainingEvent event) {
            if (refusals-- > 0) throw new IllegalStateException("the broker is away");
            events.add(event);
        }

        @Override
        public void waits(String run, int attempt, String reason, Instant at) {
            throw new AssertionError("a process waits for nothing");
        }

        @Override
        public void ended(String run, Input.JobEnded end) {
            events.add(new Input.JobEnded(end.attempt(), end.ending(), end.reason(), Instant.EPOCH));
        }

        Object next() throws InterruptedException {
            Object event = events.poll(60, SECONDS);
            if (event == null) throw new AssertionError("nothing was heard for 60 seconds");
            return event;
        }
    }
}
