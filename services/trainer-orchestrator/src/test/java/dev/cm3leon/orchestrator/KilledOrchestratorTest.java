package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.orchestrator.Input.Ending;
import dev.cm3leon.orchestrator.Input.JobEnded;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The orchestrator is killed between any two of its actions, again and again, while jobs run on and end, and the
/// cluster forgets those it may forget. What holds whatever happens: a run has one job at a time, each stage is done
/// once where nothing was lost, and the run comes to the end that was asked for.
class KilledOrchestratorTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final TrainingRun.Policy POLICY = new TrainingRun.Policy(99, List.of("vq", "pretrain", "export"));
    private static final TrainingRequested REQUEST = new TrainingRequested("r", "default", "demo", NOON);

    @Test
    void aRunIsDoneOnceWhereverTheOrchestratorIsKilled() {
        for (int action = 0; action < 60; action++) {
            var world = new World(new Random(action));
            world.killAt(action);
            world.topics.add(REQUEST);
            world.run(200);

            assertThat(world.done).as("killed at action " + action).containsExactly("vq", "pretrain", "export");
            assertThat(world.state()).isEqualTo(new TrainingRun.Completed("r"));
        }
    }

    @Test
    void aRunIsDoneOnceUnderAnyNumberOfKills() {
        for (int seed = 0; seed < 500; seed++) {
            var world = new World(new Random(seed));
            world.killEvery = 4;
            world.topics.add(REQUEST);
            world.run(400);
            world.killEvery = 0;
            world.run(100);

            assertThat(world.done).as("seed " + seed).containsExactly("vq", "pretrain", "export");
            assertThat(world.state()).isEqualTo(new TrainingRun.Completed("r"));
            assertThat(world.live()).isZero();
        }
    }

    @Test
    void aRunThatIsSuspendedResumedAndCancelledLeavesNothing() {
        for (int seed = 0; seed < 500; seed++) {
            var world = new World(new Random(seed));
            world.killEvery = 5;
            world.topics.add(REQUEST);
            world.run(1 + seed % 20);
            world.topics.add(new TrainingSuspensionRequested("r", true, NOON));
            world.run(120);
            assertThat(world.live()).as("seed " + seed).isZero();
            world.topics.add(new TrainingSuspensionRequested("r", false, NOON.plusSeconds(1)));
            world.run(1 + seed % 7);
            world.topics.add(new TrainingCancelRequested("r", NOON));
            world.run(100);
            world.killEvery = 0;
            world.run(100);

            assertThat(world.live()).as("seed " + seed).isZero();
            if (world.state() instanceof TrainingRun.Cancelled)
                assertThat(world.jobs).isEmpty();
            else assertThat(world.state()).isEqualTo(new TrainingRun.Completed("r"));
        }
    }

    @Test
    void jobsThatSomebodyDeletesAreMadeAgainNeverTwice() {
        for (int seed = 0; seed < 500; seed++) {
            var world = new World(new Random(seed));
            world.killEvery = 6;
            world.deleteEvery = 15;
            world.topics.add(REQUEST);
            world.run(300);
            world.killEvery = 0;
            world.deleteEvery = 0;
            world.run(200);

            assertThat(world.done).as("seed " + seed).contains("vq", "pretrain", "export");
            assertThat(world.state()).isEqualTo(new TrainingRun.Completed("r"));
        }
    }

    private static final class Killed extends Error {}

    private static final class OneJob {
        final StageJob job;
        boolean suspended;
        boolean completed;
        boolean released;

        OneJob(StageJob job) {
            this.job = job;
        }
    }

    /// A cluster, topics, and an orchestrator that may die before each of its actions.
    private static final class World implements JobLauncher {
        final List<TrainingEvent> topics = new ArrayList<>();
        final Map<String, OneJob> jobs = new TreeMap<>();
        final List<String> done = new ArrayList<>();
        int killEvery;
        int deleteEvery;

        private final Random random;
        private @Nullable Orchestrator orchestrator;
        private int heard; // committed offset of the orchestrator's consumer
        private int actions;
        private int killAt = -1;
        private @Nullable StageJob followed;
        private boolean stopping;

        World(Random random) {
            this.random = random;
        }

        void killAt(int action) {
            killAt = action;
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                try {
                    step();
                } catch (Killed dead) {
                    orchestrator = null;
                    followed = null;
                    stopping = false;
                }
            }
        }

        private void step() {
            if (deleteEvery > 0 && random.nextInt(deleteEvery) == 0 && !jobs.isEmpty()) {
                jobs.remove(List.copyOf(jobs.keySet()).get(random.nextInt(jobs.size())));
            }
            jobs.values().removeIf(job -> job.completed && job.released && random.nextInt(3) == 0);
            for (OneJob job : jobs.values()) {
                if (!job.suspended && !job.completed && random.nextInt(4) == 0) {
                    job.completed = true;
                    done.add(String.valueOf(job.job.stage()));
                }
            }
            assertThat(live()).as("jobs at one time").isLessThanOrEqualTo(1);
            Orchestrator living = orchestrator;
            if (living == null) {
                living = new Orchestrator(this, this::publish, POLICY, () -> NOON);
                orchestrator = living;
                living.resume(List.copyOf(topics));
                return;
            }
            switch (random.nextInt(3)) {
                case 0 -> {
                    if (heard < topics.size()) {
                        living.hear(topics.get(heard));
                        heard++;
                    }
                }
                case 1 -> living.retry();
                default -> look(living);
            }
        }

        private void look(Orchestrator living) {
            StageJob job = followed;
            if (stopping && jobs.isEmpty()) {
                stopping = false;
                living.ended("r", new JobEnded(0, Ending.LOST, "stopped", NOON));
            } else if (job != null) {
                OneJob one = jobs.get(JobManifests.name(job));
                if (one != null && !one.completed) return;
                followed = null;
                living.ended("r", new JobEnded(job.attempt(), one == null ? Ending.LOST : Ending.COMPLETED, "", NOON));
            }
        }

        TrainingRun state() {
            return TrainingRun.replay("r", topics, POLICY);
        }

        long live() {
            return jobs.values().stream()
                    .filter(job -> !job.completed && !job.suspended)
                    .count();
        }

        private void act() {
            if (actions++ == killAt || (killEvery > 0 && random.nextInt(killEvery) == 0)) throw new Killed();
        }

        private void publish(TrainingEvent event) {
            act();
            topics.add(event);
            act();
        }

        @Override
        public String name() {
            return "world";
        }

        @Override
        public void start(StageJob job, Listener listener) {
            act();
            boolean another = jobs.values().stream().anyMatch(o -> !o.completed && !o.job.equals(job));
            if (another) { // as the launcher does
                jobs.values().removeIf(o -> !o.completed && !o.job.equals(job));
                throw new java.io.UncheckedIOException("another job", new java.io.IOException());
            }
            jobs.computeIfAbsent(JobManifests.name(job), _ -> new OneJob(job)).suspended = false;
            act();
            followed = job;
        }

        @Override
        public void attach(StageJob job, Listener listener) {
            followed = job;
        }

        @Override
        public void suspend(StageJob job, Listener listener) {
            act();
            followed = null;
            jobs.values().forEach(one -> one.suspended = true);
            act();
        }

        @Override
        public void stop(String run, int attempt, Listener listener) {
            act();
            followed = null;
            jobs.clear();
            stopping = true;
            act();
        }

        @Override
        public void release(String run, int current) {
            act();
            jobs.values().stream().filter(job -> job.job.attempt() != current).forEach(job -> job.released = true);
            act();
        }

        @Override
        public void close() {}
    }
}
