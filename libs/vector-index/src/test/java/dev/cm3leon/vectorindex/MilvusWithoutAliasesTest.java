package dev.cm3leon.vectorindex;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;

/// The same where the server has no aliases: a pointer kept elsewhere says which collection is searched.
class MilvusWithoutAliasesTest implements BankContract {

    private MilvusStub server;
    private MilvusBanks banks;

    @BeforeEach
    void start() throws IOException {
        server = new MilvusStub(false);
        banks = new MilvusBanks(server.uri(), "FLAT", "documents");
    }

    @Override
    public void clear() {
        banks.close();
        server.close();
    }

    @Override
    public Bank bank(String encoder) {
        return banks.bank(encoder);
    }

    @Override
    public Bank another(String encoder) {
        return banks.another(encoder);
    }
}
