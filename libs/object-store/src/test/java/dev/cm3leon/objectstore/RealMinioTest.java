package dev.cm3leon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.minio.GetBucketLifecycleArgs;
import io.minio.ListObjectsArgs;
import io.minio.SetBucketLifecycleArgs;
import io.minio.messages.Filter;
import io.minio.messages.LifecycleConfiguration;
import io.minio.messages.LifecycleConfiguration.Expiration;
import io.minio.messages.LifecycleConfiguration.Rule;
import io.minio.messages.Status;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Against MinIO.
@Tag("real")
class RealMinioTest extends RealS3Contract {

    RealMinioTest() {
        super("cm3.real.minio");
    }

    @Test
    void whatIsTemporaryGetsItsDaysAndRulesOfOthersStay() throws Exception {
        String name = account().bucket().name();
        try (var client = account().client();
                var plain = account().open(Bucket.plain(name, account().region()))) {
            plain.put("a", "a".getBytes(UTF_8), "text/plain");
            client.setBucketLifecycle(SetBucketLifecycleArgs.builder()
                    .bucket(name)
                    .config(new LifecycleConfiguration(List.of(rule("somebody's", "logs/", 30))))
                    .build());

            touch(new Bucket(name, account().region(), null, List.of("prompts/", "candidates/"), 7));
            assertThat(days(name)).isEqualTo(Map.of("somebody's", 30, "cm3 prompts/", 7, "cm3 candidates/", 7));

            touch(new Bucket(name, account().region(), null, List.of("prompts/"), 3));
            assertThat(days(name)).isEqualTo(Map.of("somebody's", 30, "cm3 prompts/", 3));

            touch(new Bucket(name, account().region(), null, List.of("prompts/"), 0));
            assertThat(days(name)).isEqualTo(Map.of("somebody's", 30));
        }
    }

    @Test
    void versionsAreKeptWhenAskedForAndNoMoreWhenNot() throws Exception {
        String name = account().bucket().name();

        try (var store = account().open(new Bucket(name, account().region(), true, List.of(), 0))) {
            store.put("a", "1".getBytes(UTF_8), "text/plain");
            store.put("a", "2".getBytes(UTF_8), "text/plain");
            store.delete("a");
            assertThat(store.get("a")).isEmpty();
            assertThat(versions(name, "a")).isEqualTo(3); // two and the mark of the deletion
        }
        try (var store = account().open(new Bucket(name, account().region(), false, List.of(), 0))) {
            store.put("b", "1".getBytes(UTF_8), "text/plain");
            store.put("b", "2".getBytes(UTF_8), "text/plain");
            assertThat(versions(name, "b")).isEqualTo(1);
        }
    }

    private void touch(Bucket bucket) {
        try (var store = account().open(bucket)) {
            store.put("a", "a".getBytes(UTF_8), "text/plain");
        }
    }

    private static Rule rule(String id, String prefix, int days) {
        return new Rule(
                Status.ENABLED,
                null,
                new Expiration((ZonedDateTime) null, days, null, null),
                new Filter(prefix),
                id,
                null,
                null,
                null);
    }

    private Map<String, Integer> days(String bucket) throws Exception {
        try (var client = account().client()) {
            Map<String, Integer> days = new TreeMap<>();
            for (Rule rule : client.getBucketLifecycle(
                            GetBucketLifecycleArgs.builder().bucket(bucket).build())
                    .rules()) {
                days.put(rule.id(), rule.expiration().days());
            }
            return days;
        }
    }

    private int versions(String bucket, String key) throws Exception {
        try (var client = account().client()) {
            List<String> versions = new ArrayList<>();
            for (var item : client.listObjects(ListObjectsArgs.builder()
                    .bucket(bucket)
                    .prefix(key)
                    .includeVersions(true)
                    .build())) {
                versions.add(item.get().versionId());
            }
            return versions.size();
        }
    }
}
