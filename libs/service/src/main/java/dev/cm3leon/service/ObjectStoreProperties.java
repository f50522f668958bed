package dev.cm3leon.service;

import dev.cm3leon.objectstore.Bucket;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.objectstore.MinioObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where large things are kept.
///
/// @param endpoint of the S3 service
/// @param versioning whether what is replaced or deleted is kept as an older version; the bucket is left as it is where
/// not told
/// @param temporary prefixes of keys that one job needs and nobody after it
/// @param temporaryDays after how many days the store deletes these; 0 keeps them
@ConfigurationProperties("cm3.object-store")
public record ObjectStoreProperties(
        @DefaultValue("minio") Kind kind,
        @DefaultValue("http://127.0.0.1:9000") URI endpoint,
        @DefaultValue("") String accessKey,
        @DefaultValue("") String secretKey,
        @DefaultValue("cm3") String bucket,
        @DefaultValue("us-east-1") String region,
        @Nullable Boolean versioning,
        @DefaultValue({"prompts/", "candidates/"}) List<String> temporary,
        @DefaultValue("7") int temporaryDays) {

    public ObjectStoreProperties {
        temporary = List.copyOf(temporary);
        if (temporaryDays < 0) {
            throw new IllegalArgumentException("need cm3.object-store.temporary-days >= 0, got " + temporaryDays);
        }
    }

    public enum Kind {
        MINIO,
        MEMORY
    }

    public ObjectStore open() {
        return switch (kind) {
            case MEMORY -> new MemoryObjectStore();
            case MINIO -> {
                if (accessKey.isEmpty() || secretKey.isEmpty()) {
                    throw new IllegalArgumentException(
                            "cm3.object-store.access-key and .secret-key are needed when .kind is minio");
                }
                var kept = new Bucket(bucket, region, versioning, temporary, temporaryDays);
                yield new MinioObjectStore(endpoint, accessKey, secretKey, kept);
            }
        };
    }

    /// Without the secret: this is what a log shows.
    @Override
    public String toString() {
        return "ObjectStoreProperties[kind=" + kind + ", endpoint=" + endpoint + ", bucket=" + bucket + "]";
    }
}
