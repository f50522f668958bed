package dev.cm3leon.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "logs", description = "Show the end of the platform's log.", mixinStandardHelpOptions = true)
final class LogsCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on showing what is written.")
    private boolean follow;

    LogsCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        LocalPlatform platform = shared.platform();
        Path log = platform.log();
        if (!Files.exists(log)) throw new Failure(Failure.OTHER, "there is no log yet: " + log);
        long position = Files.size(log);
        String end = platform.lastLines();
        shared.print(Gateway.JSON.createObjectNode().put("log", log.toString()).put("end", end), () -> end);
        while (follow) {
            Gateway.pause(200);
            position = show(log, position);
        }
        return 0;
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
        }
    }
}
