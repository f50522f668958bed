package dev.cm3leon.orchestrator;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param launcher where jobs run
/// @param folder of the runs, each in one of its own
/// @param trainerClasspath of the trainer job, as `java -cp` takes it; by default what the build of a checkout makes
/// @param attempts jobs a run may lose before it is given up
/// @param memory of a job's Java heap, as `-Xmx` takes it; its tensors are outside
/// @param retry how long to wait before a job that could not be started is tried again
/// @param resume whether runs that were not over are taken up at the start, from the topics
@ConfigurationProperties("cm3.orchestrator")
public record OrchestratorProperties(
        @DefaultValue("process") Launcher launcher,

        Path folder,

        @DefaultValue("services/trainer-job/target/job/lib/*")
        String trainerClasspath,

        @DefaultValue("3") int attempts,
        @DefaultValue("2g") String memory,
        @DefaultValue("true") boolean resume,
        @DefaultValue("10s") Duration retry,
        @DefaultValue KubernetesProperties kubernetes) {

    public enum Launcher {
        PROCESS,
        KUBERNETES
    }

    public OrchestratorProperties {
        if (attempts < 1) throw new IllegalArgumentException("need cm3.orchestrator.attempts >= 1, got " + attempts);
    }

    TrainingRun.Policy policy() {
        return new TrainingRun.Policy(
                attempts,
                switch (launcher) {
                    case PROCESS -> List.of();
                    case KUBERNETES -> kubernetes.jobs();
                });
    }

    /// Starts a job with the JDK that we run on.
    List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Dcm3.run={run}",
                "-Xmx" + memory,
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-cp",
                Path.of(trainerClasspath).toAbsolutePath().toString(),
                "dev.cm3leon.trainer.TrainerJob",
                "{configuration}",
                "--run",
                "{run}",
                "--output",
                "work"));
        return command;
    }
}
