package dev.cm3leon.vectorindex;

import io.milvus.grpc.*;
import io.milvus.shaded.io.grpc.Server;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.milvus.shaded.io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// A Milvus server for tests: the requests of the real client, collections in memory, exact search. It reads the
/// filters that [MilvusVectorIndex] writes, and refuses any other.
public final class MilvusStub extends MilvusServiceGrpc.MilvusServiceImplBase implements AutoCloseable {

    private static final Status OK =
            Status.newBuilder().setErrorCode(ErrorCode.Success).build();

    /// As Milvus Lite 3.2.2 says it: the client knows no such error code.
    private static final Status NOT_LOADED = Status.newBuilder()
            .setErrorCodeValue(101)
            .setCode(101)
            .setReason("collection not loaded")
            .build();

    private static final Status NOT_READY = Status.newBuilder()
            .setErrorCode(ErrorCode.NotReadyServe)
            .setCode(1)
            .setReason("service not ready")
            .build();

    private final Server server;
    volatile boolean hasAliases;
    volatile boolean isReady = true;
    final List<String> calls = new CopyOnWriteArrayList<>();
    final Map<String, Table> tables = new ConcurrentSkipListMap<>();
    private final Map<String, String> aliases = new ConcurrentHashMap<>();
    volatile String refusedIndexType = "none";
    volatile String searchedWith = ""; // parameters of the latest search

    /// One collection.
    static final class Table {
        private final Map<String, Map<String, FieldData>> rows = new ConcurrentSkipListMap<>(); // by id, one value each
        private final CollectionSchema schema;
        final Map<String, String> indexed = new ConcurrentSkipListMap<>(); // types, by field
        private volatile boolean loaded;

        private Table(CollectionSchema schema) {
            this.schema = schema;
        }

        private boolean has(String field) {
            return schema.getFieldsList().stream().anyMatch(one -> one.getName().equals(field));
        }

        private boolean isIndexed() {
            return schema.getFieldsList().stream()
                    .filter(field -> field.getDataType() == DataType.FloatVector)
                    .allMatch(field -> indexed.containsKey(field.getName()));
        }
    }

    public MilvusStub(boolean hasAliases) throws IOException {
        this(hasAliases, 0);
    }

    MilvusStub(boolean hasAliases, int port) throws IOException {
        this.hasAliases = hasAliases;
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                .addService(this)
                .build()
                .start();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    static Table table() {
        return new Table(CollectionSchema.getDefaultInstance());
    }

    /// As if a creation had been cut short before the index was made.
    void forgetTheIndex() {
        tables.values().forEach(table -> {
            table.indexed.clear();
            table.loaded = false;
        });
    }

    /// As if the searched collection had been made by a version that knew no vectors of images.
    void makeOlder() {
        String name = tables.keySet().iterator().next(), older = name.replaceFirst("_v\\d+_", "_v1_");
        Table table = tables.remove(name);
        var schema = table.schema.toBuilder().clearFields();
        table.schema.getFieldsList().stream()
                .filter(field -> !field.getName().equals("image_vector"))
                .forEach(schema::addFields);
        Table made = new Table(schema.build());
        made.rows.putAll(table.rows);
        made.indexed.putAll(table.indexed);
        made.indexed.remove("image_vector");
        tables.put(older, made);
        aliases.replaceAll((alias, collection) -> older);
    }

    /// As if its data were lost.
    void forgetAll() {
        tables.clear();
        aliases.clear();
    }

    /// As after a restart that did not load what was loaded.
    void release() {
        tables.values().forEach(table -> table.loaded = false);
    }

    /// When this returns, nothing answers any more: a request after it finds no server.
    @Override
    public void close() {
        try {
            server.shutdownNow().awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void connect(ConnectRequest request, StreamObserver<ConnectResponse> answer) {
        reply(
                answer,
                ConnectResponse.newBuilder().setStatus(isReady ? OK : NOT_READY).build());
    }

    @Override
    public void allocTimestamp(AllocTimestampRequest request, StreamObserver<AllocTimestampResponse> answer) {
        reply(
                answer,
                AllocTimestampResponse.newBuilder()
                        .setStatus(OK)
                        .setTimestamp(1)
                        .build());
    }

    @Override
    public void hasCollection(HasCollectionRequest request, StreamObserver<BoolResponse> answer) {
        calls.add("has");
        reply(
                answer,
                BoolResponse.newBuilder()
                        .setStatus(OK)
                        .setValue(tables.containsKey(request.getCollectionName()))
                        .build());
    }

    @Override
    public void showCollections(ShowCollectionsRequest request, StreamObserver<ShowCollectionsResponse> answer) {
        var shown = ShowCollectionsResponse.newBuilder().setStatus(OK);
        tables.keySet().forEach(name -> shown.addCollectionNames(name)
                .addCollectionIds(1)
                .addCreatedTimestamps(1)
                .addCreatedUtcTimestamps(1));
        reply(answer, shown.build());
    }

    @Override
    public void createCollection(CreateCollectionRequest request, StreamObserver<Status> answer) {
        calls.add("create");
        try {
            tables.put(request.getCollectionName(), new Table(CollectionSchema.parseFrom(request.getSchema())));
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
        reply(answer, OK);
    }

    @Override
    public void dropCollection(DropCollectionRequest request, StreamObserver<Status> answer) {
        calls.add("drop");
        tables.remove(request.getCollectionName());
        reply(answer, OK);
    }

    @Override
    public void describeCollection(
            DescribeCollectionRequest request, StreamObserver<DescribeCollectionResponse> answer) {
        Table table = tables.get(request.getCollectionName());
        var described = DescribeCollectionResponse.newBuilder();
        if (table == null) described.setStatus(missing(request.getCollectionName()));
        else
            described
                    .setStatus(OK)
                    .setCollectionName(request.getCollectionName())
                    .setSchema(table.schema);
        reply(answer, described.build());
    }

    @Override
    public void describeAlias(DescribeAliasRequest request, StreamObserver<DescribeAliasResponse> answer) {
        if (!hasAliases) super.describeAlias(request, answer);
        else {
            String collection = aliases.get(request.getAlias());
            var described = DescribeAliasResponse.newBuilder().setAlias(request.getAlias());
            if (collection == null) described.setStatus(failure(1600, "alias not found"));
            else described.setStatus(OK).setCollection(collection);
            reply(answer, described.build());
        }
    }

    @Override
    public void createAlias(CreateAliasRequest request, StreamObserver<Status> answer) {
        if (!hasAliases) super.createAlias(request, answer);
        else if (!tables.containsKey(request.getCollectionName())) reply(answer, missing(request.getCollectionName()));
        else if (aliases.putIfAbsent(request.getAlias(), request.getCollectionName()) == null) reply(answer, OK);
        else reply(answer, failure(1602, "alias is taken"));
    }

    @Override
    public void alterAlias(AlterAliasRequest request, StreamObserver<Status> answer) {
        if (!tables.containsKey(request.getCollectionName())) {
            reply(answer, missing(request.getCollectionName()));
            return;
        }
        aliases.put(request.getAlias(), request.getCollectionName());
        reply(answer, OK);
    }

    @Override
    public void describeIndex(DescribeIndexRequest request, StreamObserver<DescribeIndexResponse> answer) {
        calls.add("describe-index");
        Table table = tables.get(request.getCollectionName());
        var described = DescribeIndexResponse.newBuilder();
        if (table == null) described.setStatus(missing(request.getCollectionName()));
        else if (table.indexed.isEmpty()) {
            described.setStatus(Status.newBuilder()
                    .setErrorCode(ErrorCode.IndexNotExist)
                    .setCode(700)
                    .setReason("index not found"));
        } else {
            described.setStatus(OK);
            for (String field : table.indexed.keySet()) {
                described.addIndexDescriptions(IndexDescription.newBuilder()
                        .setIndexName(field)
                        .setFieldName(field)
                        .setState(IndexState.Finished));
            }
        }
        reply(answer, described.build());
    }

    @Override
    public void createIndex(CreateIndexRequest request, StreamObserver<Status> answer) {
        calls.add("create-index");
        Table table = tables.get(request.getCollectionName());
        String type = request.getExtraParamsList().stream()
                .filter(pair -> pair.getKey().equals("index_type"))
                .map(KeyValuePair::getValue)
                .findFirst()
                .orElse("");
        if (table == null) reply(answer, missing(request.getCollectionName()));
        else if (!table.has(request.getFieldName())) reply(answer, failure(1100, "cannot create index on no field"));
        else if (type.equals(refusedIndexType)) reply(answer, failure(1100, "invalid index type: " + type));
        else {
            table.indexed.put(request.getFieldName(), type);
            reply(answer, OK);
        }
    }

    @Override
    public void loadCollection(LoadCollectionRequest request, StreamObserver<Status> answer) {
        calls.add("load");
        Table table = tables.get(request.getCollectionName());
        if (table == null) reply(answer, missing(request.getCollectionName()));
        else {
            table.loaded = table.isIndexed();
            reply(answer, table.loaded ? OK : failure(65_535, "there is no vector index on a field"));
        }
    }

    @Override
    public void getLoadingProgress(
            GetLoadingProgressRequest request, StreamObserver<GetLoadingProgressResponse> answer) {
        reply(
                answer,
                GetLoadingProgressResponse.newBuilder()
                        .setStatus(OK)
                        .setProgress(100)
                        .setRefreshProgress(100)
                        .build());
    }

    @Override
    public void getLoadState(GetLoadStateRequest request, StreamObserver<GetLoadStateResponse> answer) {
        Table table = tables.get(request.getCollectionName());
        reply(
                answer,
                GetLoadStateResponse.newBuilder()
                        .setStatus(OK)
                        .setState(
                                table != null && table.loaded ? LoadState.LoadStateLoaded : LoadState.LoadStateNotLoad)
                        .build());
    }

    @Override
    public void upsert(UpsertRequest request, StreamObserver<MutationResult> answer) {
        Table table = tables.get(request.getCollectionName());
        var done = MutationResult.newBuilder()
                .setStatus(table == null ? missing(request.getCollectionName()) : OK)
                .setUpsertCnt(request.getNumRows())
                .setIDs(IDs.newBuilder().setStrId(StringArray.getDefaultInstance()));
        for (int row = 0; table != null && row < request.getNumRows(); row++) {
            Map<String, FieldData> fields = new LinkedHashMap<>();
            for (FieldData field : request.getFieldsDataList()) {
                fields.put(field.getFieldName(), oneOf(field, row));
            }
            table.rows.put(text(fields, "id"), fields);
        }
        reply(answer, done.build());
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<MutationResult> answer) {
        Table table = tables.get(request.getCollectionName());
        if (table != null) table.rows.values().removeIf(filter(request.getExpr()));
        reply(
                answer,
                MutationResult.newBuilder()
                        .setStatus(table == null ? missing(request.getCollectionName()) : OK)
                        .setIDs(IDs.newBuilder().setStrId(StringArray.getDefaultInstance()))
                        .build());
    }

    @Override
    public void query(QueryRequest request, StreamObserver<QueryResults> answer) {
        Table table = tables.get(request.getCollectionName());
        if (table == null) {
            reply(
                    answer,
                    QueryResults.newBuilder()
                            .setStatus(missing(request.getCollectionName()))
                            .build());
            return;
        }
        var count = ScalarField.newBuilder().setLongData(LongArray.newBuilder().addData(table.rows.size()));
        reply(
                answer,
                QueryResults.newBuilder()
                        .setStatus(OK)
                        .addOutputFields("count(*)")
                        .addFieldsData(FieldData.newBuilder()
                                .setFieldName("count(*)")
                                .setType(DataType.Int64)
                                .setScalars(count))
                        .build());
    }

    @Override
    public void search(SearchRequest request, StreamObserver<SearchResults> answer) {
        Table table = tables.get(request.getCollectionName());
        if (table == null || !table.loaded || request.getOutputFieldsCount() == 0) {
            Status status = table == null
                    ? missing(request.getCollectionName())
                    : table.loaded ? failure(65_535, "no output fields") : NOT_LOADED;
            reply(answer, SearchResults.newBuilder().setStatus(status).build());
            return;
        }
        float[] query = query(request);
        int limit = Integer.parseInt(parameter(request, "topk"));
        searchedWith = parameter(request, "params");
        String field = parameter(request, "anns_field");
        List<Map<String, FieldData>> best = table.rows.values().stream()
                .filter(filter(request.getDsl()))
                .sorted(Comparator.comparingDouble((Map<String, FieldData> row) -> -score(query, row, field)))
                .limit(limit)
                .toList();
        var results = SearchResultData.newBuilder()
                .setNumQueries(1)
                .setTopK(best.size())
                .addTopks(best.size())
                .setPrimaryFieldName("id");
        var ids = StringArray.newBuilder();
        for (var row : best) {
            ids.addData(text(row, "id"));
            results.addScores((float) score(query, row, field));
        }
        results.setIds(IDs.newBuilder().setStrId(ids));
        for (String name : request.getOutputFieldsList()) {
            results.addOutputFields(name);
            if (!best.isEmpty())
                results.addFieldsData(
                        together(best.stream().map(row -> row.get(name)).toList()));
        }
        reply(
                answer,
                SearchResults.newBuilder().setStatus(OK).setResults(results).build());
    }

    private static String parameter(SearchRequest request, String key) {
        return request.getSearchParamsList().stream()
                .filter(pair -> pair.getKey().equals(key))
                .map(KeyValuePair::getValue)
                .findFirst()
                .orElseThrow();
    }

    private static float[] query(SearchRequest request) {
        try {
            ByteBuffer bytes = PlaceholderGroup.parseFrom(request.getPlaceholderGroup())
                    .getPlaceholders(0)
                    .getValues(0)
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN);
            float[] query = new float[bytes.remaining() / 4];
            bytes.asFloatBuffer().get(query);
            return query;
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static double score(float[] query, Map<String, FieldData> row, String field) {
        var vector = row.get(field).getVectors().getFloatVector();
        return IntStream.range(0, query.length)
                .mapToDouble(i -> (double) query[i] * vector.getData(i))
                .sum();
    }

    /// One value out of a column.
    private static FieldData oneOf(FieldData column, int row) {
        var field = FieldData.newBuilder().setFieldName(column.getFieldName()).setType(column.getType());
        var scalars = column.getScalars();
        switch (column.getType()) {
            case VarChar ->
                field.setScalars(ScalarField.newBuilder()
                        .setStringData(StringArray.newBuilder()
                                .addData(scalars.getStringData().getData(row))));
            case Bool ->
                field.setScalars(ScalarField.newBuilder()
                        .setBoolData(BoolArray.newBuilder()
                                .addData(scalars.getBoolData().getData(row))));
            case Array ->
                field.setScalars(ScalarField.newBuilder()
                        .setArrayData(ArrayArray.newBuilder()
                                .setElementType(DataType.VarChar)
                                .addData(scalars.getArrayData().getData(row))));
            case FloatVector -> {
                var vectors = column.getVectors();
                int width = (int) vectors.getDim();
                field.setVectors(VectorField.newBuilder()
                        .setDim(width)
                        .setFloatVector(FloatArray.newBuilder()
                                .addAllData(vectors.getFloatVector()
                                        .getDataList()
                                        .subList(row * width, (row + 1) * width))));
            }
            default -> throw new IllegalArgumentException("no column of " + column.getType() + " here");
        }
        return field.build();
    }

    /// Single values as one column again.
    private static FieldData together(List<FieldData> values) {
        var column = values.getFirst().toBuilder();
        values.stream().skip(1).forEach(column::mergeFrom);
        return column.build();
    }

    private static final Pattern LITERAL = Pattern.compile("\"([^\"\\\\]*)\"");

    /// Reads `a in [..] and b == true and array_contains_all(terms, [..])`.
    static Predicate<Map<String, FieldData>> filter(String expression) {
        Predicate<Map<String, FieldData>> passes = row -> true;
        String rest = expression;
        while (!rest.isEmpty()) {
            Condition next = condition(rest);
            passes = passes.and(next.passes());
            rest = next.rest();
            if (rest.isEmpty()) break;
            if (!rest.startsWith(" and ")) throw new IllegalArgumentException("no filter of ours: " + expression);
            rest = rest.substring(5);
        }
        return passes;
    }

    private record Condition(Predicate<Map<String, FieldData>> passes, String rest) {}

    private static Condition condition(String expression) {
        Matcher flag = Pattern.compile("(\\w+) == true").matcher(expression);
        if (flag.lookingAt()) {
            String name = flag.group(1);
            return new Condition(
                    row -> row.get(name).getScalars().getBoolData().getData(0), expression.substring(flag.end()));
        }
        Matcher in = Pattern.compile("(\\w+) (not )?in ").matcher(expression);
        if (in.lookingAt()) {
            Set<String> texts = new HashSet<>();
            int end = list(expression, in.end(), texts);
            String name = in.group(1);
            boolean wanted = in.group(2) == null;
            return new Condition(row -> texts.contains(text(row, name)) == wanted, expression.substring(end));
        }
        Matcher contains = Pattern.compile("array_contains_(all|any)\\(terms, ").matcher(expression);
        if (contains.lookingAt()) {
            Set<String> words = new HashSet<>();
            int end = list(expression, contains.end(), words);
            boolean all = contains.group(1).equals("all");
            return new Condition(
                    row -> {
                        var terms = row.get("terms")
                                .getScalars()
                                .getArrayData()
                                .getData(0)
                                .getStringData()
                                .getDataList();
                        return all ? terms.containsAll(words) : terms.stream().anyMatch(words::contains);
                    },
                    expression.substring(end + 1));
        }
        throw new IllegalArgumentException("no filter of ours: " + expression);
    }

    /// Reads `["a", "b"]` from a place on; gives back the place behind it.
    private static int list(String expression, int from, Set<String> texts) {
        int at = from + 1;
        while (expression.charAt(at) != ']') {
            Matcher literal = LITERAL.matcher(expression).region(at, expression.length());
            if (!literal.lookingAt())
                throw new IllegalArgumentException("no list of texts: " + expression.substring(at));
            texts.add(literal.group(1));
            at = literal.end();
            if (expression.startsWith(", ", at)) at += 2;
        }
        return at + 1;
    }

    private static String text(Map<String, FieldData> row, String field) {
        return row.get(field).getScalars().getStringData().getData(0);
    }

    private static Status missing(String collection) {
        return failure(100, "collection not found: " + collection);
    }

    private static Status failure(int code, String reason) {
        return Status.newBuilder()
                .setErrorCode(ErrorCode.UnexpectedError)
                .setCode(code)
                .setReason(reason)
                .build();
    }

    private static <T> void reply(StreamObserver<T> answer, T message) {
        answer.onNext(message);
        answer.onCompleted();
    }
}
