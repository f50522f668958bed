package dev.cm3leon.vectorindex;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;

/// The real client against a small server in this process.
abstract class MilvusStubContract extends MilvusContract {

    private final boolean aliases;
    private final String indexType;

    MilvusStub server;

    MilvusStubContract(boolean aliases, String indexType) {
        this.aliases = aliases;
        this.indexType = indexType;
    }

    @BeforeEach
    void start() throws IOException {
        server = new MilvusStub(aliases);
        banks = new MilvusBanks(server.uri(), indexType, "documents");
    }

    /// Fewer than elsewhere: they go over the wire.
    @Override
    public int many() {
        return 500;
    }

    @Override
    public void clear() {
        banks.close();
        server.close();
    }
}
