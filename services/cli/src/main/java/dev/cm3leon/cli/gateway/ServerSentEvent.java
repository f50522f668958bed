package dev.cm3leon.cli.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// One event of a `text/event-stream` (the HTML standard, section 9.2.6).
record ServerSentEvent(@Nullable String id, String data) {

    /// The next event; null at the end, where an unfinished one is dropped, as the standard says.
    static @Nullable ServerSentEvent next(BufferedReader lines) throws IOException {
        String id = null;
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) return new ServerSentEvent(id, data.substring(1));
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            if (value.startsWith(" ")) value = value.substring(1);
            switch (field) {
                case "id" -> id = value;
                case "data" -> data.append('\n').append(value);
                default -> {} // a comment, which keeps the connection open, or a field we do not use
            }
        }
        return null;
    }
}
