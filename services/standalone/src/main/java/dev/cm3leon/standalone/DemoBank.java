package dev.cm3leon.standalone;

import dev.cm3leon.corpora.WebDataset;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Tenant;
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
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/// The documents that a new platform begins with: the shards `bank/*.tar` on the classpath (WebDataset: `KEY.png`,
/// `KEY.txt` and `KEY.json` are one document). Each shard is published once per data folder.
final class DemoBank {

    private static final Logger log = LoggerFactory.getLogger(DemoBank.class);

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
        List<DocumentAdded> documents = new ArrayList<>();
        try (var samples = new WebDataset(shard, Integer.MAX_VALUE)) {
            for (WebDataset.Sample sample = samples.next(); sample != null; sample = samples.next())
                documents.add(new DocumentAdded(document(sample), Instant.EPOCH));
        }
        return documents;
    }

    private Document document(WebDataset.Sample sample) {
        byte[] picture = sample.picture();
        ObjectRef image = null;
        if (picture != null) {
            String stored = objects.putContent("images", picture, ".png", "image/png");
            image = new ObjectRef(stored, "image/png", picture.length);
        }
        String id = sample.field("id");
        return new Document(
                id == null ? sample.key() : id,
                Tenant.PUBLIC,
                sample.caption(),
                image,
                sample.field("licence"),
                sample.field("source"));
    }
}
