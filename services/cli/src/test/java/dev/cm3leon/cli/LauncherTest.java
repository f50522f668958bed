package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the launcher `cm3` builds and when, in a checkout with a Maven and a Java that only say what they are asked.
@Timeout(60)
class LauncherTest {
    private static final List<String> OUTPUTS = List.of(
            "services/cli/target/lib", "services/standalone/target/platform", "services/trainer-job/target/job");
    private static final String JAR = OUTPUTS.getFirst() + "/cli.jar";

    @TempDir
    Path root;

    private String said = "";

    @BeforeEach
    void checkout() throws IOException {
        Files.copy(Path.of("../../cm3"), root.resolve("cm3"));
        write("jdk/release", "JAVA_VERSION=\"25\"\n");
        program("jdk/bin/javac", "");
        program("jdk/bin/java", "echo \"java $*\"");
        write("pom.xml", "");
        write("libs/one/A.java", "");
        maven("made");
    }

    /// One that succeeds.
    private void maven(String made) throws IOException {
        StringBuilder build = new StringBuilder("echo build >>builds\n");
        for (String output : OUTPUTS)
            build.append("mkdir -p %1$s && echo %2$s >%1$s/cli.jar\n".formatted(output, made));
        program("bin/mvn", build.toString());
    }

    @Test
    void whatIsBuiltIsBuiltOnce() throws Exception {
        assertThat(run(Map.of(), "models")).isZero();
        assertThat(run(Map.of(), "models")).isZero();

        assertThat(said).contains("-cp %s/services/cli/target/lib/* dev.cm3leon.cli.Cm3 models".formatted(root));
        assertThat(builds()).isOne();
    }

    @Test
    void aBuildThatFailsLeavesWhatWasBuiltBefore() throws Exception {
        run(Map.of(), "models");
        Path broken = write("libs/one/Broken.java", "");
        Files.setLastModifiedTime(broken, FileTime.from(Instant.now().plusSeconds(60)));
        program(
                "bin/mvn",
                "mkdir -p %s; echo half >%s; echo '[ERROR] it is broken'; exit 1".formatted(OUTPUTS.getFirst(), JAR));

        assertThat(run(Map.of(), "models")).isOne();
        assertThat(said).contains("the build failed", "it is broken");
        for (String output : OUTPUTS)
            assertThat(root.resolve(output).resolve("cli.jar")).hasContent("made");
        assertThat(run(Map.of(), "status")).isZero();

        Files.delete(broken);
        assertThat(run(Map.of(), "models")).isZero();
        assertThat(builds()).isOne();
    }

    @Test
    void whatIsGoneIsBuiltAgain() throws Exception {
        run(Map.of(), "models");
        Files.delete(root.resolve(JAR));
        Files.delete(root.resolve(OUTPUTS.getFirst()));

        assertThat(run(Map.of(), "models")).isZero();

        assertThat(root.resolve(JAR)).exists();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void whileItIsBuiltAnewWhatOnlyLooksTakesWhatWasThereBefore() throws Exception {
        run(Map.of(), "models");
        Files.move(root.resolve(OUTPUTS.getFirst()), root.resolve(OUTPUTS.getFirst() + ".before"));

        assertThat(run(Map.of(), "status")).isZero();
        assertThat(said).contains("-cp %s/services/cli/target/lib.before/* ".formatted(root));
        assertThat(builds()).isOne();
    }

    @Test
    void whatAKilledBuildLeftIsPutBack() throws Exception {
        run(Map.of(), "models");
        Files.move(root.resolve(OUTPUTS.getFirst()), root.resolve(OUTPUTS.getFirst() + ".before"));
        write(JAR, "half");

        assertThat(run(Map.of(), "models")).isZero();

        assertThat(root.resolve(JAR)).hasContent("made");
        assertThat(root.resolve(OUTPUTS.getFirst() + ".before")).doesNotExist();
        assertThat(builds()).isOne();
    }

    @Test
    void aBuildThatSucceedsLeavesNothingOfTheOneBefore() throws Exception {
        run(Map.of(), "models");
        Files.setLastModifiedTime(root.resolve("target/cm3.built"), FileTime.from(Instant.EPOCH));
        maven("made again");

        assertThat(run(Map.of(), "models")).isZero();

        for (String output : OUTPUTS) {
            assertThat(root.resolve(output).resolve("cli.jar")).hasContent("made again");
            assertThat(root.resolve(output).getParent()).isDirectoryNotContaining("glob:**.{before,old}");
        }
    }

    @Test
    void theStateOfAPlatformElsewhereIsBuiltFor() throws Exception {
        for (String command : List.of("status", "down", "logs"))
            assertThat(run(Map.of(), command)).isEqualTo(3);
        var elsewhere = Map.of("CM3_URL", "http://127.0.0.1:9");
        assertThat(run(elsewhere, "down")).isEqualTo(3);

        assertThat(run(elsewhere, "status")).isZero();
        assertThat(builds()).isOne();
    }

    /// The number of the process that built may be another one's by now.
    @Test
    void theLockOfAProcessThatEndedIsTakenOver() throws Exception {
        write("target/cm3.build.lock/pid", ProcessHandle.current().pid() + "\n");
        write("target/cm3.build.lock/started", "1000\n");

        assertThat(run(Map.of(), "models")).isZero();
        assertThat(said).doesNotContain("Waiting");
        assertThat(root.resolve("target/cm3.build.lock")).doesNotExist();
    }

    @Test
    void aLockThatCannotBeMadeIsNotWaitedFor() throws Exception {
        program("bin/mkdir", """
                case $* in
                *cm3.build.lock) echo "mkdir: No space left on device" >&2; exit 1 ;;
                *) exec /bin/mkdir "$@" ;;
                esac
                """);
        assertThat(run(Map.of(), "models")).isOne();
        assertThat(said).contains("cm3: cannot build in %s: mkdir: No space left on device".formatted(root));

        Files.delete(root.resolve("target"));
        write("target", "");
        assertThat(run(Map.of(), "models")).isOne();
        assertThat(said).contains("%s/target cannot be written".formatted(root));
        assertThat(root.resolve("builds")).doesNotExist();
    }

    private int run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", root.resolve("cm3").toString()));
        command.addAll(List.of(arguments));
        Path output = root.resolve("said");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().remove("CM3_URL");
        builder.environment().putAll(environment);
        builder.environment().put("CM3_JAVA_HOME", root.resolve("jdk").toString());
        builder.environment().put("PATH", root.resolve("bin") + ":" + System.getenv("PATH"));
        Process launcher = builder.start();
        try {
            assertThat(launcher.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            launcher.destroyForcibly();
            said = Files.readString(output);
        }
        return launcher.exitValue();
    }

    private int builds() throws IOException {
        return Files.readAllLines(root.resolve("builds")).size();
    }

    private Path write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    private void program(String file, String script) throws IOException {
        assertThat(write(file, "#!/bin/sh\n" + script).toFile().setExecutable(true))
                .isTrue();
    }
}
