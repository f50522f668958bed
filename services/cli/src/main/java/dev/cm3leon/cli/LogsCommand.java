package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.ApartPlatform;
import dev.cm3leon.cli.platform.LocalPlatform;
import dev.cm3leon.cli.platform.Part;
import dev.cm3leon.cli.terminal.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "logs",
        description = "Show the end of the platform's log; of one process where it is apart.",
        mixinStandardHelpOptions = true)
final class LogsCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(
            arity = "0..1",
            paramLabel = "PROCESS",
            description = "Of a platform that is apart: as `cm3 status` names it.")
    private @Nullable String process;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on showing what is written.")
    private boolean follow;

    LogsCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        shared.requireHere("looked into");
        Path log = log();
        if (!Files.exists(log)) throw new Failure(Failure.OTHER, "there is no log yet: " + log);
        long position = Files.size(log);
        String end = LocalPlatform.lastLines(log, 0);
        shared.print(Gateway.JSON.createObjectNode().put("log", log.toString()).put("end", end), () -> end);
        while (follow && !shared.terminal().out.checkError()) {
            Gateway.pause(200);
            position = show(log, position);
        }
        return 0;
    }

    private Path log() {
        ApartPlatform apart = shared.apart();
        if (process != null) {
            if (!process.matches("[a-z-]+")) throw Failure.usage("need the name of a process, got " + process);
            return apart.processes.log(process);
        }
        var options = apart.running();
        if (options.isEmpty()) return shared.platform().log();
        throw Failure.usage("the platform is apart, name a process: "
                + apart.parts(options.get()).stream().map(Part::name).collect(Collectors.joining(", ")));
    }

    /// Shows what was written after a position; a log that was begun anew is shown from its beginning.
    private long show(Path log, long position) throws IOException {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            if (file.length() < position) position = 0;
            byte[] news = new byte[(int) Math.min(1 << 20, file.length() - position)];
            file.seek(position);
            file.readFully(news);
            shared.terminal().out.print(new String(news, StandardCharsets.UTF_8));
            shared.terminal().out.flush();
            return position + news.length;
        } catch (FileNotFoundException e) {
            return 0; // it is being begun anew
        }
    }
}
