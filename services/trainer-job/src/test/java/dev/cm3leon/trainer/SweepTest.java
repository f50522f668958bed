package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.JobExit;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepTest {
    private static final String RATES = """
        {"name": "rates", "base": "demo-tiny", "method": "%s", "trials": 8, "metric": "loss", "budget_steps": 1000,
         "first_steps": 10, "factor": 2, "parameters": {
           "transformer.learning_rate": %s,
           "transformer.weight_decay": [0, 0.05]}}\
        """;
    private static final String RANGE = "{\"min\": 0.0001, \"max\": 0.01, \"scale\": \"log\"}";

    @Test
    void aGridHasEveryCombinationOnce() throws IOException {
        Sweep sweep = Sweep.parse(RATES.formatted("grid", "[0.001, 0.002, 0.003]"));

        assertThat(sweep.all()).hasSize(6);
        assertThat(sweep.all().stream().map(Sweep.Trial::changes)).doesNotHaveDuplicates();
        assertThat(sweep.next(0, List.of(new Sweep.Result(sweep.all().getFirst(), 1))))
                .isEmpty();
        assertThat(sweep.configuration(sweep.all().getLast()).transformer().learningRate())
                .isEqualTo(0.003);
        assertThat(sweep.configuration(sweep.all().getLast()).transformer().weightDecay())
                .isEqualTo(0.05);
    }

    @Test
    void randomTrialsAreTheSameEachTimeAndStayInTheirRange() throws IOException {
        Sweep sweep = Sweep.parse(RATES.formatted("random", RANGE));

        assertThat(sweep.all()).hasSize(8).isEqualTo(sweep.all());
        assertThat(sweep.all())
                .allMatch(trial -> trial.changes()
                                        .get("transformer.learning_rate")
                                        .doubleValue()
                                >= 0.0001
                        && trial.changes().get("transformer.learning_rate").doubleValue() <= 0.01);
        assertThat(sweep.sharesItsStages()).isTrue();
    }

    @Test
    void halvingKeepsTheBetterHalfForTwiceTheSteps() throws IOException {
        Sweep sweep = Sweep.parse(RATES.formatted("halving", RANGE));
        List<Sweep.Result> results = new ArrayList<>();
        for (Sweep.Trial trial : sweep.all())
            results.add(new Sweep.Result(trial, trial.number() == 3 ? Double.NaN : 10 - trial.number()));

        assertThat(sweep.until(0)).isEqualTo(10);
        assertThat(sweep.until(1)).isEqualTo(20);
        assertThat(sweep.until(5)).isEqualTo(sweep.steps()).isEqualTo(40);
        assertThat(sweep.next(0, results).stream().map(Sweep.Trial::number)).containsExactly(8, 7, 6, 5);
        assertThat(sweep.next(2, results)).isEmpty(); // all steps are done
    }

    @Test
    void aSearchIsARunThatTellsItsBestTrialAndStaysInItsBudget(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(file, RATES.formatted("halving", RANGE).replace("1000", "20"));
        List<Event> told = new ArrayList<>();

        int status = search(file, told);

        assertThat(status).isEqualTo(JobExit.COMPLETED);
        assertThat(told).hasSize(3);
        assertThat(told.subList(0, 2))
                .allSatisfy(
                        event -> assertThat(((TrainingProgress) event).steps()).isEqualTo(20))
                .extracting(event -> ((TrainingProgress) event).step())
                .containsExactly(10L, 20L);
        var last = (TrainingProgress) told.get(1);
        assertThat(last.loss()).isLessThanOrEqualTo(last.metrics().get("trial_loss"));
        assertThat(last.loss()).isLessThanOrEqualTo(((TrainingProgress) told.getFirst()).loss());
        assertThat(((TrainingCompleted) told.getLast()).run()).isEqualTo("search");
        assertThat(Files.readString(folder.resolve("sweep.json"))).contains("\"spent_steps\" : 20");
    }

    /// Its transformer goes on from the base's, which is trained once, and whole.
    @Test
    void theTrialsOfWhatContinuesABaseHaveOneBase(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(file, """
            {"name": "more", "base": "tiny-more", "method": "grid", "metric": "loss", "budget_steps": 8,
             "parameters": {"transformer.learning_rate": [0.001, 0.002]}}""");
        List<Event> told = new ArrayList<>();

        int status = search(file, told);

        assertThat(status).isEqualTo(JobExit.COMPLETED);
        assertThat(told).hasSize(3);
        assertThat(folder.resolve("shared/base/pretrain/model.safetensors")).exists();
        assertThat(Files.readString(folder.resolve("trials/001/job.log"))).contains("\"steps\":40");
        assertThat(Files.readString(folder.resolve("trials/002/job.log")))
                .contains("\"steps\":4,")
                .doesNotContain("\"steps\":40");
    }

    @Test
    void aSearchThatCannotBeIsRefusedAsARun(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(file, RATES.formatted("grid", "[-1]"));
        List<Event> told = new ArrayList<>();

        int status = search(file, told);

        assertThat(status).isEqualTo(JobExit.REFUSED);
        assertThat(told).singleElement().isInstanceOfSatisfying(TrainingFailed.class, failed -> assertThat(
                        failed.reason())
                .contains("learning_rate"));
        assertThat(folder.resolve("trials")).doesNotExist();
    }

    @Test
    void aMetricThatNoCurveHasIsRefusedAfterTheFirstTrialWithThoseThatThereAre(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(
                file, RATES.formatted("grid", "[0.001, 0.002]").replace("\"metric\": \"loss\"", "\"metric\": \"los\""));
        List<Event> told = new ArrayList<>();

        int status = search(file, told);

        assertThat(status).isEqualTo(JobExit.REFUSED);
        assertThat(told).singleElement().isInstanceOfSatisfying(TrainingFailed.class, failed -> assertThat(
                        failed.reason())
                .contains("metric", "loss", "got los"));
        assertThat(folder.resolve("trials/002")).doesNotExist();
    }

    @Test
    void aSearchThatIsStoppedIsNotRefusedForAScoreThatItDoesNotHaveYet(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(file, RATES.formatted("grid", "[0.001]").replace("\"loss\"", "\"nll_none_yet\""));
        List<Event> told = new ArrayList<>();
        var stop = new AtomicBoolean();
        Thread.ofVirtual().start(() -> {
            while (!Files.exists(folder.resolve("trials/001/pretrain"))) LockSupport.parkNanos(1_000_000);
            stop.set(true);
        });

        assertThat(search(file, told, stop)).isEqualTo(JobExit.STOPPED);
        assertThat(told).isEmpty();
    }

    @Test
    void aSearchThatIsStoppedStartsNothingMore(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(file, RATES.formatted("grid", "[0.001]"));

        assertThat(search(file, new ArrayList<>(), new AtomicBoolean(true))).isEqualTo(JobExit.STOPPED);
        assertThat(folder.resolve("shared/job.log")).doesNotExist();
    }

    @Test
    void aSweepWhoseStoreIsAwayForTooLongMayBeStartedAgain(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("config.json");
        String none = RATES.formatted("grid", "[0.001]").replace("\"budget_steps\": 1000", "\"budget_steps\": 1");
        Files.writeString(file, none); // no trial is run for so little
        var watched = new WatchedStore();
        watched.refusals = 2;
        List<Event> told = new ArrayList<>();

        int status = TrainerJob.run(
                List.of(file.toString(), "--run", "search", "--output", folder.toString()),
                JobEnvironment.of(Map.of()),
                watched.store(),
                List.of(1L),
                told::add,
                new AtomicBoolean());

        assertThat(status).isEqualTo(JobExit.UNREACHABLE);
        assertThat(told).isEmpty();
    }

    @Test
    void aGridOfTooManyTrialsIsRefusedBeforeTheyAreCounted() {
        String values =
                IntStream.range(1, 5002).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));

        assertThatThrownBy(() -> Sweep.parse(RATES.formatted("grid", values)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("choices", "10000");
    }

    @Test
    void aRangeIsWrittenAsJsonWhereverThisRunsAndWholeWhereTheBaseIs() throws IOException {
        Locale usual = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            Sweep sweep = Sweep.parse(RATES.formatted("random", RANGE)
                    .replace(
                            "transformer.weight_decay\": [0, 0.05]", "transformer.layers\": {\"min\": 1, \"max\": 4}"));

            assertThat(sweep.all()).allSatisfy(trial -> assertThat(
                            sweep.configuration(trial).transformer().layers())
                    .isEqualTo(trial.changes().get("transformer.layers").intValue())
                    .isBetween(1, 4));
        } finally {
            Locale.setDefault(usual);
        }
    }

    private static int search(Path file, List<Event> told) {
        return search(file, told, new AtomicBoolean());
    }

    private static int search(Path file, List<Event> told, AtomicBoolean stop) {
        return TrainerJob.run(
                List.of(
                        file.toString(),
                        "--run",
                        "search",
                        "--output",
                        file.getParent().toString()),
                told::add,
                stop);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"grid\" | \"guess\" | guess",
                "transformer.weight_decay | transformer.weight | transformer.weight",
                "transformer.weight_decay | execution.loaders | changes nothing of pretrain",
                "[0.001] | {\"min\": 1, \"max\": 0} | grid needs a list",
                "\"budget_steps\": 1000 | \"budget_steps\": 0 | budget_steps",
                "\"factor\": 2 | \"factor\": 1 | factor",
                "\"trials\": 8 | \"trials\": \"many\" | trials",
                "\"trials\": 8 | \"trials\": 2.5 | trials",
                "\"first_steps\": 10 | \"first_steps\": 99 | 40",
                "\"metric\" | \"metrics\" | metrics",
            })
    void refusesWhatCannotBe(String good, String bad, String named) {
        String json = RATES.formatted("grid", "[0.001]");
        assertThat(json).contains(good);

        assertThatThrownBy(() -> Sweep.parse(json.replace(good, bad)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
