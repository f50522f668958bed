package dev.cm3leon.corpora;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A WebDataset shard: files of one name up to the first dot are one sample, and stand together.
final class Shards implements Records {
    private static final int MAX_FILE = 64 << 20;

    private final String name;
    private final TarArchiveInputStream tar;
    private @Nullable TarArchiveEntry ahead;

    private Shards(String name, TarArchiveInputStream tar) {
        this.name = name;
        this.tar = tar;
    }

    static Records open(Path file) throws IOException {
        var tar = new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(file)));
        var shard = new Shards(file.getFileName().toString(), tar);
        shard.advance();
        return shard;
    }

    @Override
    public @Nullable Found next() throws IOException {
        if (ahead == null) return null;
        String key = stem(ahead.getName());
        Map<String, byte[]> files = new LinkedHashMap<>();
        boolean tooLarge = false;
        while (ahead != null && stem(ahead.getName()).equals(key)) {
            if (ahead.getSize() > MAX_FILE) tooLarge = true;
            else files.put(ahead.getName().substring(key.length()).toLowerCase(Locale.ROOT), content(ahead));
            advance();
        }
        String origin = name + " " + key;
        return tooLarge ? new Found.Broken(origin, "a file of more than 64 MiB") : sample(origin, key, files);
    }

    private byte[] content(TarArchiveEntry entry) throws IOException {
        byte[] bytes;
        try {
            bytes = tar.readNBytes((int) entry.getSize());
        } catch (IOException e) {
            throw new Corpus.BrokenOffException("%s: %s".formatted(entry.getName(), e.getMessage()));
        }
        if (bytes.length < entry.getSize())
            throw new Corpus.BrokenOffException("the shard ends within " + entry.getName());
        return bytes;
    }

    private void advance() {
        try {
            do ahead = tar.getNextEntry();
            while (ahead != null && !ahead.isFile());
        } catch (IOException e) {
            ahead = null;
            throw new Corpus.BrokenOffException(String.valueOf(e.getMessage()));
        }
    }

    private static Found sample(String origin, String key, Map<String, byte[]> files) {
        byte[] picture = null;
        for (String extension : new String[] {".jpg", ".jpeg", ".png"}) {
            if (picture == null) picture = files.get(extension);
        }
        if (picture == null) return new Found.Broken(origin, "no picture");
        if (Picture.format(picture).isEmpty()) return new Found.Broken(origin, "neither PNG nor JPEG");
        byte[] text = files.get(".txt"), json = files.get(".json");
        String caption = text == null ? "" : new String(text, StandardCharsets.UTF_8).strip();
        String id = key;
        if (json != null) {
            try {
                JsonNode record = JsonElements.JSON.readTree(json);
                if (caption.isEmpty()) caption = Fields.text(record, "text");
                if (caption.isEmpty()) caption = Fields.text(record, "caption");
                if (!Fields.text(record, "id").isEmpty()) id = Fields.text(record, "id");
            } catch (JacksonException e) {
                return new Found.Broken(origin + ": " + e.getOriginalMessage(), "not JSON");
            }
        }
        if (caption.isEmpty()) return new Found.Broken(origin, "no caption");
        return new Found.Sample(origin, id, new Picture.InMemory(picture), new Found.Content.Caption(caption));
    }

    private static String stem(String name) {
        int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
        return dot < 0 ? name : name.substring(0, dot);
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
