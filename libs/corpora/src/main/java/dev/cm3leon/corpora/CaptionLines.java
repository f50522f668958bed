package dev.cm3leon.corpora;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Datasets with one record a line.
final class CaptionLines implements Records {
    private static final int MAX_LINE = 16 << 20;

    private interface Parse {
        @Nullable
        Found line(String origin, String line) throws IOException;
    }

    private final Path file;
    private final BufferedReader reader;
    private final Parse parse;
    private long number;

    private CaptionLines(Path file, Parse parse) throws IOException {
        this.file = file;
        this.reader = Files.newBufferedReader(file);
        this.parse = parse;
    }

    /// `1000092795.jpg#0 TAB Two young guys .` or `1000092795.jpg| 0| Two young guys .` under a headline.
    static Records flickr30k(Path file, PictureFolders folders) throws IOException {
        boolean bars = file.getFileName().toString().endsWith(".csv");
        return new CaptionLines(file, (origin, line) -> {
            if (bars && line.startsWith("image_name")) return null;
            String[] fields = bars ? line.split("\\|", 3) : line.split("[#\t]", 3);
            if (fields.length < 3) return new Found.Broken(origin, "not name, number and caption");
            String name = fields[0].strip(), caption = fields[2].strip();
            if (caption.isEmpty()) return new Found.Broken(origin, "no caption");
            return folders.sample(origin, name + "#" + fields[1].strip(), name, new Found.Content.Caption(caption));
        });
    }

    /// Objects with `dataset_id`, `image_id` and `caption`; the traces are passed over.
    static Records narratives(Path file, PictureFolders folders) throws IOException {
        return new CaptionLines(file, (origin, line) -> {
            JsonNode record;
            try {
                record = JsonElements.JSON.readTree(line);
            } catch (JacksonException e) {
                return new Found.Broken(origin + ": " + e.getOriginalMessage(), "not JSON");
            }
            String image = Fields.text(record, "image_id"), caption = Fields.text(record, "caption");
            if (image.isEmpty()) return new Found.Broken(origin, "no id");
            if (caption.isEmpty()) return new Found.Broken(origin, "no caption");
            boolean coco = Fields.text(record, "dataset_id").startsWith("mscoco") && image.matches("\\d{1,12}");
            String name = (coco ? "0".repeat(12 - image.length()) : "") + image + ".jpg";
            String id = image + "#" + Fields.text(record, "annotator_id");
            return folders.sample(origin, id, name, new Found.Content.LongCaption(caption));
        });
    }

    @Override
    public @Nullable Found next() throws IOException {
        while (true) {
            String line = readLine();
            if (line == null) return null;
            number++;
            if (line.isBlank()) continue;
            String origin = "%s line %d".formatted(file.getFileName(), number);
            Found found = line.length() >= MAX_LINE
                    ? new Found.Broken(origin, "a line of more than %d characters".formatted(MAX_LINE))
                    : parse.line(origin, line);
            if (found != null) return found;
        }
    }

    /// At most MAX_LINE characters are kept of a line.
    private @Nullable String readLine() throws IOException {
        var line = new StringBuilder();
        try {
            int c = reader.read();
            if (c < 0) return null;
            for (; c >= 0 && c != '\n'; c = reader.read()) if (line.length() < MAX_LINE) line.append((char) c);
        } catch (CharacterCodingException e) {
            throw new Corpus.BrokenOffException("not UTF-8 after line " + number);
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
