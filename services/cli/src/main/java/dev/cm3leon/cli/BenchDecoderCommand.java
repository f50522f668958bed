package dev.cm3leon.cli;

import dev.cm3leon.cli.platform.MainProcess;
import dev.cm3leon.cli.terminal.Failure;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "decoder",
        description = {
            "How many tokens a second the decoder makes, by kind of answer, streams, candidates and jobs at once.",
            "Without the platform; nothing else should run beside it."
        },
        mixinStandardHelpOptions = true)
final class BenchDecoderCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Option(names = "--model", paramLabel = "MODEL", description = "scenes (where nothing is said), demo or a folder.")
    private String model = "scenes";

    @Option(names = "--threads", paramLabel = "N", description = "Of ONNX Runtime (1).")
    private int threads = 1;

    BenchDecoderCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (threads < 1) throw Failure.usage("need --threads >= 1, got " + threads);
        String json = Boolean.toString(shared.json);
        List<String> arguments = List.of(EvaluateCommand.location(model), Integer.toString(threads), json);
        return MainProcess.ofPlatform("generator.ThroughputMain", "2g").tell(arguments, shared.json);
    }
}
