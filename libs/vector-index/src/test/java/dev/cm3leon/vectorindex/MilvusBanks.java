package dev.cm3leon.vectorindex;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Banks of one Milvus server.
final class MilvusBanks {

    private final URI uri;
    private final String indexType;
    private final String collection;
    private final Pointer pointer = Pointer.inMemory();
    private final List<Bank> banks = new ArrayList<>();
    private @Nullable Bank bank;
    private String encoder = "";

    MilvusBanks(URI uri, String indexType, String collection) {
        this.uri = uri;
        this.indexType = indexType;
        this.collection = collection;
    }

    Bank bank(String wanted) {
        if (bank == null || !encoder.equals(wanted)) bank = another(wanted);
        encoder = wanted;
        return bank;
    }

    Bank another(String encoder) {
        var server = new MilvusServer(uri, "", indexType, collection);
        Bank another = Bank.inMilvus(server, encoder, 3, pointer);
        banks.add(another);
        return another;
    }

    void close() {
        banks.forEach(Bank::close);
    }
}
