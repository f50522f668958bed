package dev.cm3leon.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "sweep",
        description = "Search for hyper-parameters: many short training runs on this machine, within a budget of steps;"
                + " a table and a plot at the end. Started again, it goes on where it was.",
        mixinStandardHelpOptions = true)
final class TrainSweepCommand implements Callable<Integer> {
    @Parameters(paramLabel = "CONFIG", description = "A JSON file: see docs/results/training.md.")
    private Path configuration = Path.of("");

    @Option(names = "--output", paramLabel = "DIR", description = "Where it works; sweep-NAME unless said.")
    private @Nullable Path output;

    @Override
    public Integer call() {
        if (!Files.isRegularFile(configuration)) throw Failure.usage("no such file: " + configuration);
        List<String> arguments = new ArrayList<>(List.of(configuration.toString()));
        if (output != null) arguments.addAll(List.of("--output", output.toString()));
        return TrainerProcess.run("dev.cm3leon.trainer.SweepMain", arguments);
    }
}
