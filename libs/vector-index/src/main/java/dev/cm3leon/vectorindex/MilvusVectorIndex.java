package dev.cm3leon.vectorindex;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Documents in a Milvus collection, which is made when the first one comes. Reads are strongly consistent: what was
/// added is found at once.
public final class MilvusVectorIndex implements VectorIndex {

    private static final String ID = "id";
    private static final String VECTOR = "vector";
    private static final String TENANT = "tenant";
    private static final String HAS_TEXT = "has_text";
    private static final String HAS_IMAGE = "has_image";
    private static final String TERMS = "terms";
    private static final String LICENCE = "licence";
    private static final String PAYLOAD = "payload";

    private static final int MOST_TERMS = 1024;
    private static final int ROWS_OF_A_REQUEST = 500;

    private final URI uri;
    private final String token;
    private final IndexParam.IndexType indexType;
    private final String collection;
    private @Nullable MilvusClientV2 client;
    private volatile boolean ready;

    /// Connects when it is first used.
    ///
    /// @param token `user:password`, or empty
    /// @param indexType of the vectors, as Milvus names it: `HNSW`, `AUTOINDEX`, `FLAT`, …
    /// @param collection where the documents are
    public MilvusVectorIndex(URI uri, String token, String indexType, String collection) {
        this.uri = uri;
        this.token = token;
        this.indexType = IndexParam.IndexType.valueOf(indexType);
        this.collection = collection;
    }

    @Override
    public void upsert(List<Entry> entries) {
        if (entries.isEmpty()) return;
        call("add to", milvus -> {
            ensureReady(milvus, entries.getFirst().vector().length);
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
        row.addProperty(ID, entry.id());
        JsonArray vector = new JsonArray();
        for (float number : entry.vector()) vector.add(number);
        row.add(VECTOR, vector);
        row.addProperty(TENANT, entry.tenant());
        row.addProperty(HAS_TEXT, entry.hasText());
        row.addProperty(HAS_IMAGE, entry.hasImage());
        JsonArray terms = new JsonArray();
        entry.terms().forEach(terms::add);
        row.add(TERMS, terms);
        row.addProperty(LICENCE, entry.licence());
        row.addProperty(PAYLOAD, entry.payload());
        return row;
    }

    @Override
    public void delete(Set<String> ids) {
        if (ids.isEmpty()) return;
        call("delete from", milvus -> {
            if (!exists(milvus)) return false;
            milvus.delete(DeleteReq.builder()
                    .collectionName(collection)
                    .filter(ID + " in " + list(ids))
                    .build());
            return true;
        });
    }

    /// What is excluded is asked for too and left out here: the servers' grammars differ in `not`.
    @Override
    public List<Hit> search(float[] query, int k, Filter filter) {
        if (filter.tenants().isEmpty()) return List.of();
        return call("search", milvus -> {
            if (!exists(milvus)) return List.of();
            SearchResp found = milvus.search(SearchReq.builder()
                    .collectionName(collection)
                    .annsField(VECTOR)
                    .metricType(IndexParam.MetricType.IP)
                    .data(List.of(new FloatVec(query)))
                    .limit(k + filter.exclude().size())
                    .filter(expression(filter))
                    .outputFields(List.of(ID, VECTOR, TERMS, PAYLOAD))
                    .consistencyLevel(ConsistencyLevel.STRONG)
                    .build());
            return found.getSearchResults().getFirst().stream()
                    .map(MilvusVectorIndex::hit)
                    .filter(hit -> !filter.exclude().contains(hit.id()))
                    .sorted(MemoryVectorIndex.BEST_FIRST)
                    .limit(k)
                    .toList();
        });
    }

    private static Hit hit(SearchResp.SearchResult found) {
        var fields = found.getEntity();
        return new Hit(
                (String) field(fields, ID),
                found.getScore(),
                floats((List<?>) field(fields, VECTOR)),
                ((List<?>) field(fields, TERMS))
                        .stream().map(String.class::cast).collect(Collectors.toUnmodifiableSet()),
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
        if (filter.bothModalities()) conditions.add(HAS_TEXT + " == true and " + HAS_IMAGE + " == true");
        if (!filter.allTerms().isEmpty()) {
            conditions.add("array_contains_all(" + TERMS + ", " + list(filter.allTerms()) + ")");
        }
        if (!filter.anyTerm().isEmpty()) {
            conditions.add("array_contains_any(" + TERMS + ", " + list(filter.anyTerm()) + ")");
        }
        return String.join(" and ", conditions);
    }

    private static String list(Collection<String> texts) {
        return new TreeSet<>(texts).stream().map(MilvusVectorIndex::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                + '"';
    }

    @Override
    public long size() {
        return call("count", milvus -> {
            if (!exists(milvus)) return 0L;
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
        return "milvus:" + indexType.getName() + "@" + collection;
    }

    private boolean exists(MilvusClientV2 milvus) {
        if (ready) return true;
        if (!milvus.hasCollection(
                HasCollectionReq.builder().collectionName(collection).build())) return false;
        ensureReady(milvus, 0);
        return true;
    }

    /// Makes what is missing: a creation that was cut short is finished by the next.
    ///
    /// @param dimension of the vectors, used when there is no collection yet
    private synchronized void ensureReady(MilvusClientV2 milvus, int dimension) {
        if (ready) return;
        if (!milvus.hasCollection(
                HasCollectionReq.builder().collectionName(collection).build())) {
            milvus.createCollection(CreateCollectionReq.builder()
                    .collectionName(collection)
                    .collectionSchema(schema(milvus, dimension))
                    .consistencyLevel(ConsistencyLevel.STRONG)
                    .build());
        }
        var indexes = milvus.listIndexes(ListIndexesReq.builder()
                .collectionName(collection)
                .fieldName(VECTOR)
                .build());
        if (indexes.isEmpty()) {
            milvus.createIndex(CreateIndexReq.builder()
                    .collectionName(collection)
                    .indexParams(List.of(IndexParam.builder()
                            .fieldName(VECTOR)
                            .indexName(VECTOR)
                            .indexType(indexType)
                            .metricType(IndexParam.MetricType.IP)
                            .extraParams(
                                    indexType == IndexParam.IndexType.HNSW
                                            ? Map.of("M", 16, "efConstruction", 200)
                                            : Map.of())
                            .build()))
                    .build());
        }
        milvus.loadCollection(
                LoadCollectionReq.builder().collectionName(collection).build());
        ready = true;
    }

    private static CreateCollectionReq.CollectionSchema schema(MilvusClientV2 milvus, int dimension) {
        var schema = milvus.createSchema();
        schema.addField(text(ID, 512).isPrimaryKey(true).autoID(false).build());
        schema.addField(AddFieldReq.builder()
                .fieldName(VECTOR)
                .dataType(DataType.FloatVector)
                .dimension(dimension)
                .build());
        schema.addField(text(TENANT, 512).build());
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
                .maxCapacity(MOST_TERMS)
                .maxLength(512)
                .build());
        schema.addField(text(LICENCE, 512).build());
        schema.addField(text(PAYLOAD, 65_535).build());
        return schema;
    }

    private static AddFieldReq.AddFieldReqBuilder<?> text(String name, int bytes) {
        return AddFieldReq.builder().fieldName(name).dataType(DataType.VarChar).maxLength(bytes);
    }

    private <T> T call(String what, Function<MilvusClientV2, T> request) {
        try {
            return request.apply(client());
        } catch (MilvusClientException e) {
            String message = "could not " + what + " the index at " + uri + ": " + e.getMessage();
            switch (e.getErrorCode()) {
                case INVALID_PARAMS, CLIENT_ERROR -> throw new IllegalArgumentException(message, e);
                default -> throw new UncheckedIOException(message, new IOException(e));
            }
        } catch (StatusRuntimeException e) { // while connecting
            throw new UncheckedIOException(
                    "could not " + what + " the index at " + uri + ": "
                            + e.getStatus().getCode(),
                    new IOException(e));
        }
    }

    private synchronized MilvusClientV2 client() {
        if (client != null) return client;
        MilvusClientV2 connected = new MilvusClientV2(ConnectConfig.builder()
                .uri(uri.toString())
                .token(token)
                .connectTimeoutMs(5_000)
                .rpcDeadlineMs(30_000)
                .build());
        connected.retryConfig(RetryConfig.builder().maxRetryTimes(3).build());
        client = connected;
        return connected;
    }

    @Override
    public synchronized void close() {
        if (client != null) client.close();
        client = null;
    }
}
