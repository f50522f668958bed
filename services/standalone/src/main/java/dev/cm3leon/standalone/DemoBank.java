package dev.cm3leon.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The documents that a new platform begins with: the shards `bank/*.tar` on the classpath (WebDataset: `KEY.png`,
/// `KEY.txt` and `KEY.json` are one document). Each shard is published once per data folder.
final class DemoBank {

    private static final Logger log = LoggerFactory.getLogger(DemoBank.class);
    private static final JsonMapper JSON = new JsonMapper();

    /// Whose documents they are: everybody's.
    private static final String TENANT = "public";

    private final Path published;
    private final ObjectStore objects;
    private final Consumer<Event> publisher;

    /// @param published the file that names the shards which are done
    DemoBank(Path published, ObjectStore objects, Consumer<Event> publisher) {
        this.published = published;
        this.objects = objects;
        this.publisher = publisher;
    }

    /// Publishes what this data folder does not have yet.
    ///
    /// @param afterEachShard gets the number of documents published so far
    /// @return how many documents that were
    int publish(IntConsumer afterEachShard) {
        try {
            List<String> done = Files.exists(published) ? Files.readAllLines(published) : List.of();
            int count = 0;
            for (Resource shard : shards()) {
                byte[] bytes = shard.getContentAsByteArray();
                String line = ContentKey.sha256(bytes) + "  " + shard.getFilename();
                if (done.contains(line)) continue;
                List<DocumentAdded> documents = documents(new ByteArrayInputStream(bytes));
                documents.forEach(publisher);
                count += documents.size();
                afterEachShard.accept(count);
                done = new ArrayList<>(done);
                done.add(line);
                Files.write(published, done);
                log.info("shard={} documents={} published", shard.getFilename(), documents.size());
            }
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException("could not publish the demo bank: " + e.getMessage(), e);
        }
    }

    /// The smallest first, so that something is found soon.
    private static List<Resource> shards() throws IOException {
        record Sized(Resource shard, long bytes) {}
        List<Sized> shards = new ArrayList<>();
        for (Resource shard : new PathMatchingResourcePatternResolver().getResources("classpath*:bank/*.tar")) {
            shards.add(new Sized(shard, shard.contentLength()));
        }
        shards.sort(Comparator.comparingLong(Sized::bytes));
        return shards.stream().map(Sized::shard).toList();
    }

    /// The documents of a shard, with their images put into the store.
    List<DocumentAdded> documents(InputStream shard) throws IOException {
        Map<String, Sample> samples = new TreeMap<>();
        try (var tar = new TarArchiveInputStream(shard)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                int dot = entry.getName().lastIndexOf('.');
                if (!entry.isFile() || dot < 0) continue;
                String key = entry.getName().substring(0, dot);
                Sample sample = samples.computeIfAbsent(key, missing -> new Sample());
                switch (entry.getName().substring(dot)) {
                    case ".png" -> sample.image = tar.readAllBytes();
                    case ".txt" -> sample.text = new String(tar.readAllBytes(), UTF_8).strip();
                    case ".json" -> sample.about = JSON.readTree(tar.readAllBytes());
                    default -> log.warn("file={} of a shard is of no kind that is known", entry.getName());
                }
            }
        }
        List<DocumentAdded> documents = new ArrayList<>();
        samples.forEach((key, sample) -> documents.add(new DocumentAdded(document(key, sample), Instant.EPOCH)));
        return documents;
    }

    private Document document(String key, Sample sample) {
        ObjectRef image = null;
        if (sample.image != null) {
            String stored = objects.putContent("images", sample.image, ".png", "image/png");
            image = new ObjectRef(stored, "image/png", sample.image.length);
        }
        return new Document(
                sample.about.path("id").asString(key),
                TENANT,
                sample.text,
                image,
                sample.about.path("licence").asStringOpt().orElse(null),
                sample.about.path("source").asStringOpt().orElse(null));
    }

    private static final class Sample {
        byte @Nullable [] image;

        @Nullable
        String text;

        JsonNode about = JSON.createObjectNode();
    }
}
