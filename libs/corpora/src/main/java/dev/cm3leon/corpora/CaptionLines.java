package dev.cm3leon.corpora;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Datasets with one record a line.
final class CaptionLines implements Records {
    private static final int MAX_LINE = 16 << 20;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private interface Parse {
        @Nullable
        Found line(String origin, String line);
    }

    private final Path file;
    private final BufferedReader reader;
    private final Parse parse;
    private long number;

    private CaptionLines(Path file, Parse parse) throws IOException {
        this.file = file;
        this.reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1); // bytes: one may be wrong
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
            String bytes = readLine();
            if (bytes == null) return null;
            number++;
            String origin = "%s line %d".formatted(file.getFileName(), number);
            if (bytes.length() >= MAX_LINE) {
                return new Found.Broken(origin, "a line of more than %d bytes".formatted(MAX_LINE));
            }
            String line;
            try {
                line = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                        .toString();
            } catch (CharacterCodingException e) {
                return new Found.Broken(origin, "not UTF-8");
            }
            if (number == 1 && line.startsWith(BYTE_ORDER_MARK)) line = line.substring(1);
            if (line.isBlank()) continue;
            Found found = parse.line(origin, line);
            if (found != null) return found;
        }
    }

    /// At most MAX_LINE bytes are kept of a line, each as a character.
    private @Nullable String readLine() throws IOException {
        var line = new StringBuilder();
        int c = reader.read();
        if (c < 0) return null;
        for (; c >= 0 && c != '\n'; c = reader.read()) if (line.length() < MAX_LINE) line.append((char) c);
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
