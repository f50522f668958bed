package dev.cm3leon.cli;

import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "decoder",
        description = {
            "How many tokens a second the decoder makes, by kind of answer, streams, candidates and jobs at once.",
            "Without the platform; nothing else should run beside it."
        },
        mixinStandardHelpOptions = true)
final class BenchDecoderCommand implements Callable<Integer> {

    @Option(names = "--model", paramLabel = "MODEL", description = "scenes (where nothing is said), demo or a folder.")
    private String model = "scenes";

    @Option(names = "--threads", paramLabel = "N", description = "Of ONNX Runtime (1).")
    private int threads = 1;

    @Override
    public Integer call() {
        if (threads < 1) throw Failure.usage("need --threads >= 1, got " + threads);
        List<String> arguments = List.of(EvaluateCommand.location(model), Integer.toString(threads));
        return MainProcess.ofPlatform("generator.ThroughputMain", "2g").run(arguments, Redirect.INHERIT);
    }
}
