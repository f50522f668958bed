package dev.cm3leon.cli;

import dev.cm3leon.cli.platform.MainProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        description = "What training a model of the paper takes: memory, operations, steps, days. Trains nothing.",
        mixinStandardHelpOptions = true)
final class TrainPlanCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Option(names = "--size", required = true, paramLabel = "SIZE", description = "350M, 760M, 7B or demo.")
    private String size = "";

    @Option(names = "--gpus", paramLabel = "N", description = "How many GPUs; otherwise as in the paper.")
    private @Nullable String gpus;

    @Option(names = "--gpu", paramLabel = "KIND", description = "A100 (as in the paper), H100 or H200.")
    private @Nullable String gpu;

    @Option(names = "--utilization", paramLabel = "SHARE", description = "Of a GPU's peak, 0.4 unless said.")
    private @Nullable String utilization;

    @Option(names = "--tokens", paramLabel = "N", description = "In all; otherwise as in the paper.")
    private @Nullable String tokens;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Of a step; otherwise as in the paper.")
    private @Nullable String batchTokens;

    TrainPlanCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        List<String> arguments = new ArrayList<>(List.of("--size", size, "--json", Boolean.toString(shared.json)));
        MainProcess.add(arguments, "--gpus", gpus);
        MainProcess.add(arguments, "--gpu", gpu);
        MainProcess.add(arguments, "--utilization", utilization);
        MainProcess.add(arguments, "--tokens", tokens);
        MainProcess.add(arguments, "--batch-tokens", batchTokens);
        return MainProcess.ofTrainer("plan.PlanMain", "512m").tell(arguments, shared.json);
    }
}
