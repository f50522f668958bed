package dev.cm3leon.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.cm3leon.objectstore.ContentKey;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What the figures of one section were measured on, and how. Two models may be compared by figures of one [#hash].
///
/// @param section what is measured
/// @param split where the pictures or things are from, and whether training may have shown them
/// @param pictures in each row
/// @param seed of everything that is drawn by chance: prompts, pictures, and (times 1,000,003, plus the row's index)
///     what the platform samples
/// @param bank characters in the memory bank
/// @param resize what happens to pictures before they are judged
/// @param asked what was asked of the platform, by row; a row that is missing asks nothing of it
/// @param settings what else the figures depend on, by name; left out where there is nothing
record EvaluationSpecification(
        String section,
        String split,
        int pictures,
        long seed,
        int bank,
        String resize,
        SortedMap<String, Asked> asked,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, Object> settings) {

    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();
    private static final int SHORT = 12;

    /// Requests of one row: as they were sent (prompts, pictures, seeds, documents asked for or given), and what they
    /// came to be sampled with.
    ///
    /// @param sha256 of all requests as JSON with sorted names
    /// @param sampling the sampler settings, with the model's own where a request has none
    record Asked(int requests, String sha256, List<JsonNode> sampling) {

        static Asked of(List<Map<String, Object>> requests, Collection<JsonNode> sampling) {
            return new Asked(
                    requests.size(),
                    EvaluationSpecification.sha256(requests),
                    sampling.stream().distinct().toList());
        }
    }

    EvaluationSpecification {
        asked = new TreeMap<>(asked);
        settings = new TreeMap<>(settings);
    }

    /// SHA-256 of this as JSON with fields in the order of their declaration.
    String hash() {
        return sha256(this);
    }

    /// The beginning of [#hash], for captions.
    String shortHash() {
        return hash().substring(0, SHORT);
    }

    /// Of anything as JSON: fields of records in the order of their declaration, keys of maps sorted.
    static String sha256(Object value) {
        MessageDigest digest = ContentKey.sha256();
        CANONICAL.writeValue(new DigestOutputStream(OutputStream.nullOutputStream(), digest), value);
        return HexFormat.of().formatHex(digest.digest());
    }
}
