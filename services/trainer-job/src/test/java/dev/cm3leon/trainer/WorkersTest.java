package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Curves;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real processes: killed, and training together over Gloo.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class WorkersTest {
    private static final String STAGES = "bpe,vq,decoder,pretrain";

    @TempDir
    static Path folder;

    private static Path configuration = Path.of("");

    private final List<Process> started = new ArrayList<>();

    /// One worker, never broken: what everything else is held against.
    @BeforeAll
    static void trainAlone() throws IOException {
        try (var in = WorkersTest.class.getResourceAsStream("/configurations/demo-tiny.json")) {
            String json = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("\"validate_every\": 20", "\"validate_every\": 10")
                    .replaceFirst("\\{", "{\"execution\": {\"save_steps\": 4, \"keep_checkpoints\": 10},");
            configuration = Files.writeString(folder.resolve("tiny.json"), json);
        }
        int status = TrainerJob.run(
                List.of(
                        configuration.toString(),
                        "--output",
                        folder.resolve("alone").toString(),
                        "--stages",
                        STAGES),
                event -> {},
                new AtomicBoolean());
        assertThat(status).isZero();
    }

    @AfterEach
    void endWhatATestLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void aJobThatIsKilledAgainAndAgainHasTheCurveAndTheWeightsOfOneThatIsNot() throws Exception {
        Path output = prepared("killed");
        int kills = 0;
        for (int after : new int[] {2, 5, 3, 1, 4}) { // lines on standard output until it is killed
            Process job = start(Map.of(), folder.resolve("killed.err"), pretrain(output));
            int[] left = {after};
            Jobs.read(job, line -> --left[0] == 0);
            if (job.isAlive()) kills++;
            job.destroyForcibly().waitFor();
        }
        Process last = start(Map.of(), folder.resolve("killed.err"), pretrain(output));
        Jobs.read(last, line -> false);

        assertThat(last.waitFor()).isZero();
        assertThat(kills).isPositive();
        assertThat(curve(output)).isEqualTo(curve(folder.resolve("alone"))).isNotEmpty();
        assertThat(Files.mismatch(output.resolve("pretrain/model.safetensors"), alone()))
                .isEqualTo(-1);
    }

    @Test
    void twoWorkersLearnWhatOneLearnsAlsoWhenTheyDivideTheOptimizer() throws Exception {
        Path output = prepared("two");

        List<Integer> statuses = together(output, 2, configuration, STAGES);

        assertThat(statuses).containsExactly(0, 0);
        assertSameWeights("alone", "two", 4, 1e-5f); // some time later a last bit switches a ReLU on or off
        List<Double> one = curve(folder.resolve("alone")), two = curve(output);
        for (int i = 0; i < one.size(); i++) assertThat(two.get(i)).isCloseTo(one.get(i), within(1e-3));

        Path divided = Files.writeString(
                folder.resolve("divided.json"),
                Files.readString(configuration)
                        .replace("\"save_steps\": 4,", "\"save_steps\": 4, \"shard_optimizer\": true,"));
        assertThat(together(prepared("divided"), 2, divided, STAGES)).containsExactly(0, 0);
        assertSameWeights("two", "divided", 40, 0); // who keeps which moments changes no bit
    }

    /// One does what is done alone, and the other waits for it: else both do for half an hour, until each is lost.
    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void twoWorkersBeginInAnEmptyFolder() throws Exception {
        Path output = folder.resolve("empty");

        assertThat(together(output, 2, configuration, "bpe,vq")).containsExactly(0, 0);

        assertThat(output.resolve("vq/model.safetensors")).exists();
    }

    @Test
    void whenOneWorkerIsLostAllStopAndAnyNumberOfThemGoesOn() throws Exception {
        Path output = prepared("lost");
        Map<String, String> place = Map.of("CM3_RENDEZVOUS", "127.0.0.1:" + Jobs.freePort(), "CM3_WORLD_SIZE", "3");
        List<Process> jobs = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++)
            jobs.add(start(environment(place, rank), folder.resolve("lost-" + rank + ".err"), pretrain(output)));
        List<String> before = Jobs.read(jobs.get(0), line -> line.contains("checkpoint-saved"));
        jobs.get(1).destroyForcibly();
        Jobs.read(jobs.get(0), line -> false);

        assertThat(before.getLast()).contains("checkpoint-saved");
        assertThat(jobs.get(0).waitFor()).isEqualTo(4);
        assertThat(jobs.get(2).waitFor()).isEqualTo(4);
        assertThat(Files.readString(folder.resolve("lost-0.err"))).contains("worker 0 of 3 cannot");

        List<Integer> statuses = together(output, 2, configuration, STAGES);

        assertThat(statuses).containsExactly(0, 0);
        assertThat(Files.readString(folder.resolve("two-0.err"))).doesNotContain("cannot be used");
        List<Double> one = curve(folder.resolve("alone")), lost = curve(output);
        for (int i = 0; i < one.size(); i++) assertThat(lost.get(i)).isCloseTo(one.get(i), within(1e-4));
    }

    /// Of what its node took only the one on it says that it was stopped, so that a cluster counts none of the others.
    @Test
    void whenOneWorkerIsAskedToStopTheOthersHaveLostIt() throws Exception {
        Path output = prepared("evicted");
        Map<String, String> place = Map.of("CM3_RENDEZVOUS", "127.0.0.1:" + Jobs.freePort(), "CM3_WORLD_SIZE", "2");
        List<Process> jobs = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++)
            jobs.add(start(environment(place, rank), folder.resolve("evicted-" + rank + ".err"), pretrain(output)));
        Jobs.read(jobs.get(0), line -> line.contains("checkpoint-saved"));
        jobs.get(1).destroy();
        Jobs.read(jobs.get(0), line -> false);

        assertThat(List.of(jobs.get(0).waitFor(), jobs.get(1).waitFor())).containsExactly(4, 3);
    }

    private List<Integer> together(Path output, int count, Path configuration, String stages) throws Exception {
        Map<String, String> place =
                Map.of("CM3_RENDEZVOUS", "127.0.0.1:" + Jobs.freePort(), "CM3_WORLD_SIZE", Integer.toString(count));
        List<Process> jobs = new ArrayList<>();
        for (int rank = 0; rank < count; rank++)
            jobs.add(start(
                    environment(place, rank),
                    folder.resolve("two-" + rank + ".err"),
                    configuration.toString(),
                    "--output",
                    output.toString(),
                    "--stages",
                    stages));
        List<Integer> statuses = new ArrayList<>();
        for (Process job : jobs) Jobs.read(job, line -> false);
        for (Process job : jobs) statuses.add(job.waitFor());
        return statuses;
    }

    private Process start(Map<String, String> environment, Path errors, String... arguments) throws IOException {
        Process job = Jobs.start(environment, errors, arguments);
        started.add(job);
        return job;
    }

    private static Map<String, String> environment(Map<String, String> place, int rank) {
        var environment = new HashMap<>(place);
        environment.put("CM3_RANK", Integer.toString(rank));
        return environment;
    }

    private static String[] pretrain(Path output) {
        return new String[] {configuration.toString(), "--output", output.toString(), "--stages", "pretrain"};
    }

    /// A folder in which everything before the transformer is done.
    private static Path prepared(String name) throws IOException {
        Path output = folder.resolve(name);
        for (String file :
                List.of("bpe/tokenizer.json", "bpe/words.txt", "vq/model.safetensors", "decoder/model.safetensors")) {
            Files.createDirectories(output.resolve(file).getParent());
            Files.copy(
                    folder.resolve("alone").resolve(file), output.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        return output;
    }

    private static Path alone() {
        return folder.resolve("alone/pretrain/model.safetensors");
    }

    /// What was reported, each step once, as it is drawn.
    private static List<Double> curve(Path output) throws IOException {
        var run = new Run("x", TrainingConfiguration.read(configuration), output, event -> {}, () -> false);
        return Curves.of(run, List.of("pretrain")).losses("pretrain");
    }

    /// The full-precision weights of a checkpoint.
    private static void assertSameWeights(String left, String right, int step, float tolerance) {
        Weights one = checkpoint(folder.resolve(left), step), other = checkpoint(folder.resolve(right), step);
        one.arrays().forEach((name, array) -> {
            float[] values = other.array(name).values();
            float largest = 0;
            for (int i = 0; i < values.length; i++)
                largest = Math.max(largest, Math.abs(values[i] - array.values()[i]));
            assertThat(largest).as(name).isLessThanOrEqualTo(tolerance);
        });
    }

    private static Weights checkpoint(Path output, int step) {
        return WeightFiles.read(output.resolve("pretrain/checkpoints/%09d/state-0.safetensors".formatted(step)));
    }
}
