package dev.cm3leon.corpora;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// The captioned pictures of a WebDataset shard.
final class Shards implements Records {
    private static final int MAX_FILE = 64 << 20;

    private final String name;
    private final WebDataset shard;

    private Shards(String name, WebDataset shard) {
        this.name = name;
        this.shard = shard;
    }

    static Records open(Path file) throws IOException {
        var in = new BufferedInputStream(Files.newInputStream(file));
        return new Shards(file.getFileName().toString(), new WebDataset(in, MAX_FILE));
    }

    @Override
    public @Nullable Found next() {
        WebDataset.Sample sample;
        try {
            sample = shard.next();
        } catch (IOException e) {
            throw new Corpus.BrokenOffException(String.valueOf(e.getMessage()));
        }
        return sample == null ? null : found(name + " " + sample.key(), sample);
    }

    private static Found found(String origin, WebDataset.Sample sample) {
        if (sample.tooLarge() != null) return new Found.Broken(origin, "a file of more than 64 MiB");
        byte[] picture = sample.picture();
        if (picture == null) return new Found.Broken(origin, "no picture");
        if (Picture.format(picture).isEmpty()) return new Found.Broken(origin, "neither PNG nor JPEG");
        try {
            String caption = sample.caption(), id = sample.field("id");
            if (caption == null) return new Found.Broken(origin, "no caption");
            return new Found.Sample(
                    origin,
                    id == null ? sample.key() : id,
                    new Picture.InMemory(picture),
                    new Found.Content.Caption(caption));
        } catch (JacksonException e) {
            return new Found.Broken(origin + ": " + e.getOriginalMessage(), "not JSON");
        }
    }

    @Override
    public void close() throws IOException {
        shard.close();
    }
}
