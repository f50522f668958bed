package dev.cm3leon.cli.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Lines of a stream that is closed when none has come for a while. Where a machine or a network between goes away,
/// nothing else says so.
final class LiveLines extends BufferedReader {
    private final Thread watch;
    private volatile long latest = System.nanoTime();

    /// @param quiet how long no line may come
    LiveLines(InputStream in, Duration quiet) {
        super(new InputStreamReader(in, UTF_8));
        watch = Thread.startVirtualThread(() -> {
            try {
                for (long left = quiet.toNanos(); left > 0; left = latest + quiet.toNanos() - System.nanoTime()) {
                    Thread.sleep(Duration.ofNanos(left));
                }
                in.close();
            } catch (InterruptedException | IOException e) {
                // it is closed already
            }
        });
    }

    @Override
    public @Nullable String readLine() throws IOException {
        String line = super.readLine();
        latest = System.nanoTime();
        return line;
    }

    @Override
    public void close() throws IOException {
        watch.interrupt();
        super.close();
    }
}
