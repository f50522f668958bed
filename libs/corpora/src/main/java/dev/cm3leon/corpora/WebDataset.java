package dev.cm3leon.corpora;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The samples of one WebDataset shard, a tar archive: files of one name up to the first dot are one sample, and stand
/// together. Of a sample pictures, `.txt` and `.json` are read; one sample is in memory at a time.
public final class WebDataset implements Closeable {
    private static final Set<String> READ = Set.of(".png", ".jpg", ".jpeg", ".txt", ".json");

    private final TarArchiveInputStream tar;
    private final long maxFile;
    private @Nullable TarArchiveEntry ahead;
    private boolean begun;

    /// @param maxFile bytes above which a file is not read
    public WebDataset(InputStream shard, long maxFile) {
        this.tar = new TarArchiveInputStream(shard);
        this.maxFile = maxFile;
    }

    /// A captioned picture, or what there is of one.
    ///
    /// @param key what the names of its files begin with
    /// @param files their content by what follows the key, in lower case (`.png`)
    /// @param tooLarge what follows the key in the name of a file that was not read, or null
    public record Sample(
            String key, Map<String, byte[]> files, @Nullable String tooLarge) {

        /// The content of its `.png`, `.jpg` or `.jpeg`.
        public byte @Nullable [] picture() {
            return Stream.of(".png", ".jpg", ".jpeg")
                    .map(files::get)
                    .filter(bytes -> bytes != null)
                    .findFirst()
                    .orElse(null);
        }

        /// Its `.txt`, or else the field `text` or `caption` of its `.json`; null where there is none.
        ///
        /// @throws JacksonException where its `.json` is none
        public @Nullable String caption() {
            byte[] text = files.get(".txt");
            String caption = text == null ? "" : new String(text, StandardCharsets.UTF_8).strip();
            if (!caption.isEmpty()) return caption;
            String inJson = field("text");
            return inJson == null ? field("caption") : inJson;
        }

        /// A field of its `.json`, without space around it; null where there is none, or nothing in it.
        ///
        /// @throws JacksonException where its `.json` is none
        public @Nullable String field(String name) {
            byte[] json = files.get(".json");
            if (json == null) return null;
            JsonNode record = JsonElements.JSON.readTree(json);
            String value = Fields.text(record, name);
            return value.isEmpty() ? null : value;
        }
    }

    /// The next sample, or null after the last.
    ///
    /// @throws IOException where it cannot be read, is no tar archive or ends too early
    public @Nullable Sample next() throws IOException {
        if (!begun) {
            begun = true;
            advance();
        }
        if (ahead == null) return null;
        String key = key(ahead.getName()), tooLarge = null;
        Map<String, byte[]> files = new HashMap<>();
        while (ahead != null && key(ahead.getName()).equals(key)) {
            String kind = ahead.getName().substring(key.length()).toLowerCase(Locale.ROOT);
            if (READ.contains(kind)) {
                if (ahead.getSize() > maxFile) tooLarge = kind;
                else files.put(kind, content(ahead));
            }
            advance();
        }
        return new Sample(key, files, tooLarge);
    }

    private byte[] content(TarArchiveEntry entry) throws IOException {
        byte[] bytes = tar.readNBytes((int) entry.getSize());
        if (bytes.length < entry.getSize()) throw new EOFException("the shard ends within " + entry.getName());
        return bytes;
    }

    private void advance() throws IOException {
        do ahead = tar.getNextEntry();
        while (ahead != null && !(ahead.isFile() && isOfSample(ahead.getName())));
    }

    /// One without a dot is of none, nor is one that begins with it: a Mac packs `._000.jpg` before `000.jpg`.
    private static boolean isOfSample(String name) {
        return firstDot(name) > name.lastIndexOf('/') + 1;
    }

    private static String key(String name) {
        return name.substring(0, firstDot(name));
    }

    private static int firstDot(String name) {
        return name.indexOf('.', name.lastIndexOf('/') + 1);
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
