package dev.cm3leon.vectorindex;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DescribeCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.index.request.ListIndexesReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.response.SearchResp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Documents in one Milvus collection.
///
/// Reads are strongly consistent: what was added is found at once, and what was deleted is not found,
/// whichever server wrote it. A weaker level would be faster by the time the servers' clocks tick (200 ms by
/// default), and could give back a document after its deletion was acknowledged.
final class MilvusVectorIndex implements VectorIndex {

    private static final String ID = "id";
    private static final String VECTOR = "vector";
    private static final String IMAGE_VECTOR = "image_vector";
    private static final String TENANT = "tenant";
    private static final String HAS_TEXT = "has_text";
    private static final String HAS_IMAGE = "has_image";
    private static final String TERMS = "terms";
    private static final String LICENCE = "licence";
    private static final String PAYLOAD = "payload";

    private static final Logger log = LoggerFactory.getLogger(MilvusVectorIndex.class);
    private static final List<String> FILTERED = List.of(TENANT, TERMS, LICENCE); // whatever is looked for
    private static final int ROWS_OF_A_REQUEST = 500;
    private static final int LONGEST_PLAIN = 3 * Entry.LONGEST_TEXT; // every byte percent-encoded
    private static final int SMALLEST_EF = 128; // how many candidates HNSW keeps; alone it would keep k
    private static final HexFormat HEX = HexFormat.of();
    private static final int COLLECTION_NOT_FOUND = 100; // the servers' code

    private final MilvusServer server;
    private final String collection;
    private final boolean hnsw;
    private volatile boolean ready;

    /// @param collection whose name was looked up or is to be made
    /// @param hnsw whether its index is of that type, which may not be the one that is wanted now
    MilvusVectorIndex(MilvusServer server, String collection, boolean hnsw) {
        this.server = server;
        this.collection = collection;
        this.hnsw = hnsw;
    }

    /// Makes what is missing: a creation that was cut short is finished by the next.
    ///
    /// @param dimension of the vectors
    void make(int dimension) {
        server.call("make", collection, milvus -> {
            if (!has(milvus)) {
                milvus.createCollection(CreateCollectionReq.builder()
                        .collectionName(collection)
                        .collectionSchema(schema(milvus, dimension))
                        .consistencyLevel(ConsistencyLevel.STRONG)
                        .build());
            }
            return true;
        });
        call("make", milvus -> true);
    }

    @Override
    public void upsert(List<Entry> entries) {
        if (entries.isEmpty()) return;
        call("add to", milvus -> {
            for (int from = 0; from < entries.size(); from += ROWS_OF_A_REQUEST) {
                var rows = entries.subList(from, Math.min(entries.size(), from + ROWS_OF_A_REQUEST));
                milvus.upsert(UpsertReq.builder()
                        .collectionName(collection)
                        .data(rows.stream().map(MilvusVectorIndex::row).toList())
                        .build());
            }
            return true;
        });
    }

    private static JsonObject row(Entry entry) {
        JsonObject row = new JsonObject();
        row.addProperty(ID, plain(entry.id()));
        for (VectorField field : VectorField.values()) {
            JsonArray vector = new JsonArray();
            for (float number : entry.embedding().of(field)) vector.add(number);
            row.add(name(field), vector);
        }
        row.addProperty(TENANT, plain(entry.tenant()));
        row.addProperty(HAS_TEXT, entry.hasText());
        row.addProperty(HAS_IMAGE, entry.hasImage());
        JsonArray terms = new JsonArray();
        entry.terms().forEach(term -> terms.add(plain(term)));
        row.add(TERMS, terms);
        row.addProperty(LICENCE, plain(entry.licence()));
        row.addProperty(PAYLOAD, entry.payload());
        return row;
    }

    @Override
    public void delete(Set<String> ids) {
        if (ids.isEmpty()) return;
        call("delete from", milvus -> {
            milvus.delete(DeleteReq.builder()
                    .collectionName(collection)
                    .filter(ID + " in " + list(ids))
                    .build());
            return true;
        });
    }

    @Override
    public List<Hit> search(VectorField field, float[] query, int k, Filter filter) {
        if (filter.tenants().isEmpty()) return List.of();
        return call("search", milvus -> {
            SearchResp found = milvus.search(SearchReq.builder()
                    .collectionName(collection)
                    .annsField(name(field))
                    .metricType(IndexParam.MetricType.IP)
                    .data(List.of(new FloatVec(query)))
                    .limit(k)
                    .searchParams(hnsw ? Map.of("ef", Math.max(SMALLEST_EF, 4 * k)) : Map.of())
                    .filter(expression(filter))
                    .outputFields(List.of(ID, VECTOR, TERMS, PAYLOAD))
                    .consistencyLevel(ConsistencyLevel.STRONG)
                    .build());
            return found.getSearchResults().getFirst().stream()
                    .map(MilvusVectorIndex::hit)
                    .sorted(MemoryVectorIndex.BEST_FIRST)
                    .toList();
        });
    }

    private static String name(VectorField field) {
        return switch (field) {
            case DOCUMENT -> VECTOR;
            case IMAGE -> IMAGE_VECTOR;
        };
    }

    private static Hit hit(SearchResp.SearchResult found) {
        var fields = found.getEntity();
        return new Hit(
                original((String) field(fields, ID)),
                found.getScore(),
                floats((List<?>) field(fields, VECTOR)),
                ((List<?>) field(fields, TERMS))
                        .stream().map(term -> original((String) term)).collect(Collectors.toUnmodifiableSet()),
                (String) field(fields, PAYLOAD));
    }

    private static Object field(Map<String, Object> row, String name) {
        Object value = row.get(name);
        if (value == null) throw new IllegalStateException("the index's answer has no " + name);
        return value;
    }

    private static float[] floats(List<?> numbers) {
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) vector[i] = ((Number) numbers.get(i)).floatValue();
        return vector;
    }

    /// A filter in Milvus' boolean expressions.
    static String expression(Filter filter) {
        List<String> conditions = new ArrayList<>();
        conditions.add(TENANT + " in " + list(filter.tenants()));
        if (filter.withText()) conditions.add(HAS_TEXT + " == true");
        if (filter.withImage()) conditions.add(HAS_IMAGE + " == true");
        if (!filter.licences().isEmpty()) conditions.add(LICENCE + " in " + list(filter.licences()));
        if (!filter.allTerms().isEmpty()) {
            conditions.add("array_contains_all(" + TERMS + ", " + list(filter.allTerms()) + ")");
        }
        if (!filter.anyTerm().isEmpty()) {
            conditions.add("array_contains_any(" + TERMS + ", " + list(filter.anyTerm()) + ")");
        }
        if (!filter.exclude().isEmpty()) conditions.add(ID + " not in " + list(filter.exclude()));
        return String.join(" and ", conditions);
    }

    private static String list(Collection<String> texts) {
        return new TreeSet<>(texts)
                .stream().map(text -> '"' + plain(text) + '"').collect(Collectors.joining(", ", "[", "]"));
    }

    /// Texts that are compared are kept percent-encoded where they hold quotes, backslashes, percent signs or control
    /// characters: so an expression needs no escapes, which the servers read differently (Milvus Lite 2.5.1 takes
    /// `\n` as it stands, and cannot replace a document whose id has an apostrophe).
    static String plain(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == 127 || "'\"\\%".indexOf(c) >= 0)
                plain.append('%').append(HEX.toHexDigits((byte) c));
            else plain.append(c);
        }
        return plain.toString();
    }

    private static String original(String plain) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c != '%') text.append(c);
            else {
                text.append((char) HexFormat.fromHexDigits(plain, i + 1, i + 3));
                i += 2;
            }
        }
        return text.toString();
    }

    @Override
    public long size() {
        return call("count", milvus -> {
            var counted = milvus.query(QueryReq.builder()
                    .collectionName(collection)
                    .filter("")
                    .outputFields(List.of("count(*)"))
                    .consistencyLevel(ConsistencyLevel.STRONG)
                    .build());
            var row = counted.getQueryResults().getFirst().getEntity();
            return ((Number) field(row, "count(*)")).longValue();
        });
    }

    @Override
    public String version() {
        return "milvus:" + collection;
    }

    private boolean has(MilvusClientV2 milvus) {
        return milvus.hasCollection(
                HasCollectionReq.builder().collectionName(collection).build());
    }

    private synchronized void ensureReady(MilvusClientV2 milvus) {
        if (ready) return;
        if (!has(milvus)) throw new IndexGone(collection, null);
        List<String> indexed = milvus.listIndexes(
                ListIndexesReq.builder().collectionName(collection).build());
        List<String> missing = Stream.of(VectorField.values())
                .map(MilvusVectorIndex::name)
                .filter(field -> !indexed.contains(field))
                .toList();
        if (!missing.isEmpty()) indexVectors(milvus, missing);
        if (hnsw) indexFiltered(milvus, indexed);
        milvus.loadCollection(
                LoadCollectionReq.builder().collectionName(collection).build());
        ready = true;
    }

    /// Of another layout a collection may have fewer.
    private void indexVectors(MilvusClientV2 milvus, List<String> fields) {
        List<String> there = milvus.describeCollection(DescribeCollectionReq.builder()
                        .collectionName(collection)
                        .build())
                .getFieldNames();
        List<IndexParam> indexes =
                fields.stream().filter(there::contains).map(this::index).toList();
        if (!indexes.isEmpty()) create(milvus, indexes);
    }

    private void create(MilvusClientV2 milvus, List<IndexParam> indexes) {
        milvus.createIndex(CreateIndexReq.builder()
                .collectionName(collection)
                .sync(false) // it is empty, so there is nothing to wait for, nor can Milvus Lite 3.2.2 be asked
                .indexParams(indexes)
                .build());
    }

    /// Filters are slower without, and as right, so a server may refuse. Milvus Lite, which has no HNSW either, is not
    /// asked.
    private void indexFiltered(MilvusClientV2 milvus, List<String> indexed) {
        for (String field : FILTERED) {
            if (indexed.contains(field)) continue;
            try {
                create(
                        milvus,
                        List.of(IndexParam.builder()
                                .fieldName(field)
                                .indexName(field)
                                .indexType(IndexParam.IndexType.INVERTED)
                                .build()));
            } catch (MilvusClientException e) {
                log.info("{} of {} is filtered without an index: {}", field, collection, e.getMessage());
            }
        }
    }

    /// Of a field of vectors, named as the field is.
    private IndexParam index(String field) {
        return IndexParam.builder()
                .fieldName(field)
                .indexName(field)
                .indexType(server.type())
                .metricType(IndexParam.MetricType.IP)
                .extraParams(
                        server.type() == IndexParam.IndexType.HNSW ? Map.of("M", 16, "efConstruction", 200) : Map.of())
                .build();
    }

    private CreateCollectionReq.CollectionSchema schema(MilvusClientV2 milvus, int dimension) {
        var schema = milvus.createSchema();
        schema.addField(text(ID).isPrimaryKey(true).autoID(false).build());
        for (VectorField field : VectorField.values()) {
            schema.addField(AddFieldReq.builder()
                    .fieldName(name(field))
                    .dataType(DataType.FloatVector)
                    .dimension(dimension)
                    .build());
        }
        schema.addField(text(TENANT).build());
        schema.addField(AddFieldReq.builder()
                .fieldName(HAS_TEXT)
                .dataType(DataType.Bool)
                .build());
        schema.addField(AddFieldReq.builder()
                .fieldName(HAS_IMAGE)
                .dataType(DataType.Bool)
                .build());
        schema.addField(AddFieldReq.builder()
                .fieldName(TERMS)
                .dataType(DataType.Array)
                .elementType(DataType.VarChar)
                .maxCapacity(Entry.MOST_TERMS)
                .maxLength(LONGEST_PLAIN)
                .build());
        schema.addField(text(LICENCE).build());
        schema.addField(AddFieldReq.builder()
                .fieldName(PAYLOAD)
                .dataType(DataType.VarChar)
                .maxLength(Entry.LONGEST_PAYLOAD)
                .build());
        return schema;
    }

    private static AddFieldReq.AddFieldReqBuilder<?> text(String name) {
        return AddFieldReq.builder().fieldName(name).dataType(DataType.VarChar).maxLength(LONGEST_PLAIN);
    }

    /// After a failure everything is looked at again: the server may have been started anew, and have nothing loaded.
    private <T> T call(String what, Function<MilvusClientV2, T> request) {
        return server.call(what, collection, milvus -> {
            try {
                ensureReady(milvus);
                return request.apply(milvus);
            } catch (MilvusClientException e) {
                ready = false;
                if (e.getErrorCode() == ErrorCode.COLLECTION_NOT_FOUND
                        || e.getServerErrCode() == COLLECTION_NOT_FOUND) {
                    throw new IndexGone(collection, e);
                }
                throw e;
            }
        });
    }

    @Override
    public void close() {}
}
