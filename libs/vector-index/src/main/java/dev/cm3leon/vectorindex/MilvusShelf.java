package dev.cm3leon.vectorindex;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.utility.request.AlterAliasReq;
import io.milvus.v2.service.utility.request.CreateAliasReq;
import io.milvus.v2.service.utility.request.DescribeAliasReq;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Collections `documents_NAME` of a server. The alias `documents_current` says which one is searched; a server without
/// aliases leaves that to a [Pointer]. Other collections are somebody else's.
///
/// Others look again after two seconds at the latest, and at once when the collection they know is gone.
final class MilvusShelf implements Shelf {

    private static final Duration SETTLES = Duration.ofSeconds(2);
    private static final int NO_SUCH_ALIAS = 1600; // Milvus' code; Lite answers with that of a missing collection, 100

    private final MilvusServer server;
    private final Pointer pointer;
    private final String alias;
    private volatile @Nullable Boolean hasAliases;

    MilvusShelf(MilvusServer server, Pointer pointer) {
        this.server = server;
        this.pointer = pointer;
        this.alias = server.collection() + "_current";
    }

    private String collection(String name) {
        return server.collection() + "_" + name;
    }

    @Override
    public List<String> names() {
        String ours = collection("");
        return server.call("list", server.collection(), milvus -> milvus.listCollections().getCollectionNames().stream()
                .filter(collection -> collection.startsWith(ours))
                .map(collection -> collection.substring(ours.length()))
                .filter(name -> IndexName.of(name).isPresent())
                .toList());
    }

    @Override
    public Optional<String> current() {
        Optional<String> current = aliased();
        return Boolean.FALSE.equals(hasAliases) ? pointer.get() : current;
    }

    /// What the alias says; notes whether the server has aliases, which the first answer says for good.
    private Optional<String> aliased() {
        if (Boolean.FALSE.equals(hasAliases)) return Optional.empty();
        return server.call("look up", alias, milvus -> {
            try {
                String collection = milvus.describeAlias(
                                DescribeAliasReq.builder().alias(alias).build())
                        .getCollectionName();
                hasAliases = true;
                return Optional.of(collection.substring(server.collection().length() + 1));
            } catch (MilvusClientException e) {
                if (isUnimplemented(e) && hasAliases == null) hasAliases = false;
                else if (isMissing(e) && !isUnimplemented(e)) hasAliases = true;
                else throw e;
                return Optional.empty();
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED || hasAliases != null) throw e;
                hasAliases = false;
                return Optional.empty();
            }
        });
    }

    private static boolean isUnimplemented(MilvusClientException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof StatusRuntimeException status
                    && status.getStatus().getCode() == Status.Code.UNIMPLEMENTED) return true;
        }
        return String.valueOf(e.getMessage()).contains("UNIMPLEMENTED");
    }

    private static boolean isMissing(MilvusClientException e) {
        return e.getServerErrCode() == NO_SUCH_ALIAS
                || e.getServerErrCode() == 100
                || String.valueOf(e.getMessage()).contains("alias");
    }

    @Override
    public boolean point(@Nullable String expected, String name) {
        if (!current().equals(Optional.ofNullable(expected))) return false;
        if (Boolean.FALSE.equals(hasAliases)) return pointer.move(expected, name);
        return server.call("switch", alias, milvus -> {
            if (aliased().isPresent()) {
                milvus.alterAlias(AlterAliasReq.builder()
                        .alias(alias)
                        .collectionName(collection(name))
                        .build());
                return true;
            }
            return created(milvus, name);
        });
    }

    private boolean created(MilvusClientV2 milvus, String name) {
        try {
            milvus.createAlias(CreateAliasReq.builder()
                    .alias(alias)
                    .collectionName(collection(name))
                    .build());
            return true;
        } catch (MilvusClientException e) {
            if (aliased().isPresent()) return false; // another process was quicker
            throw e;
        }
    }

    @Override
    public VectorIndex make(String name, int dimension) {
        var index = open(name);
        index.make(dimension);
        return index;
    }

    @Override
    public MilvusVectorIndex open(String name) {
        boolean hnsw = IndexName.of(name).map(IndexName::type).equals(Optional.of("hnsw"));
        return new MilvusVectorIndex(server, collection(name), hnsw);
    }

    @Override
    public void drop(String name) {
        server.call("drop", collection(name), milvus -> {
            milvus.dropCollection(
                    DropCollectionReq.builder().collectionName(collection(name)).build());
            return true;
        });
    }

    @Override
    public Duration settles() {
        return SETTLES;
    }

    @Override
    public void close() {
        server.close();
    }
}
