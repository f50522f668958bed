package dev.cm3leon.objectstore;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A bucket and how it is kept. What is missing is made when the bucket is first used.
///
/// @param versioning whether what is replaced or deleted is kept as an older version; null leaves it as it is
/// @param temporary prefixes of keys whose objects the store itself deletes, e.g. `prompts/`
/// @param temporaryDays after how many days; 0 keeps them
public record Bucket(
        String name, String region, @Nullable Boolean versioning, List<String> temporary, int temporaryDays) {

    public Bucket {
        temporary = List.copyOf(temporary);
        if (temporaryDays < 0) throw new IllegalArgumentException("need temporary days >= 0, got " + temporaryDays);
        if (temporary.contains("")) throw new IllegalArgumentException("need a prefix of what is temporary, got ''");
    }

    /// Nothing but a bucket.
    public static Bucket plain(String name, String region) {
        return new Bucket(name, region, null, List.of(), 0);
    }

    boolean isTemporary(String key) {
        return temporaryDays > 0 && temporary.stream().anyMatch(key::startsWith);
    }
}
