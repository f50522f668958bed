package dev.cm3leon.corpora;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/// Writes WebDataset shards `NAME-000000.tar`, each whole or not at all: samples of `key.jpg` (or png), `key.txt`
/// and `key.json`. The same samples give the same bytes.
public final class ShardWriter implements Closeable {
    private final Path folder;
    private final String name;
    private final int samplesPerShard;
    private int shard;
    private int samples;
    private @Nullable TarArchiveOutputStream tar;

    /// @param firstShard number of the first shard to write, those before being there already
    public ShardWriter(Path folder, String name, int samplesPerShard, int firstShard) throws IOException {
        if (samplesPerShard < 1)
            throw new IllegalArgumentException("need samplesPerShard >= 1, got " + samplesPerShard);
        this.folder = Files.createDirectories(folder);
        this.name = name;
        this.samplesPerShard = samplesPerShard;
        this.shard = firstShard;
    }

    /// @param text of `key.txt`, and as `text` of `key.json`
    /// @param fields more of `key.json`
    /// @return whether this sample completed a shard
    public boolean write(Found.Sample sample, String text, Map<String, Object> fields) throws IOException {
        TarArchiveOutputStream out = tar;
        if (out == null) {
            out = tar = new TarArchiveOutputStream(Files.newOutputStream(part()), "UTF-8");
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        }
        byte[] picture = sample.picture().read();
        String key = "%06d%06d".formatted(shard, samples);
        var json = new LinkedHashMap<String, Object>();
        json.put("record", sample.id()); // no `id`, which is a document's where shards are ingested
        json.put("text", text);
        json.putAll(fields);
        put(out, key + "." + Picture.format(picture), picture);
        put(out, key + ".txt", text.getBytes(StandardCharsets.UTF_8));
        put(out, key + ".json", JsonElements.JSON.writeValueAsBytes(json));
        if (++samples < samplesPerShard) return false;
        close();
        return true;
    }

    /// Number of the shard that the next sample goes to.
    public int shard() {
        return shard;
    }

    /// Completes the last shard.
    @Override
    public void close() throws IOException {
        if (tar == null) return;
        tar.close();
        tar = null;
        WholeFile.replace(part(), file());
        shard++;
        samples = 0;
    }

    private Path file() {
        return folder.resolve("%s-%06d.tar".formatted(name, shard));
    }

    private Path part() {
        return folder.resolve("%s-%06d.tar.part".formatted(name, shard));
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        var entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        entry.setModTime(0);
        entry.setIds(0, 0);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
