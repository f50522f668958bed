package dev.cm3leon.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Against versitygw, S3 over plain files.
@Tag("real")
class RealVersitygwTest implements S3Contract {

    private static Account account;
    private static MinioObjectStore store;

    @BeforeAll
    static void open() {
        account = RealS3Servers.account("cm3.real.versitygw");
        store = account.open(account.bucket());
    }

    @AfterAll
    static void close() {
        if (store != null) store.close();
    }

    @Override
    public ObjectStore store() {
        return store;
    }

    @Override
    public Account account() {
        return account;
    }

    /// It has no lifecycle.
    @Test
    void aStoreWithoutLifecycleKeepsWhatIsTemporary() {
        var bucket = new Bucket(account.bucket().name(), account.region(), null, List.of("prompts/"), 7);
        try (var store = account.open(bucket)) {
            String key = store.putContent("prompts", new byte[] {1, 2}, ".json", "application/json");

            assertThat(store.get(key)).hasValue(new byte[] {1, 2});
        }
    }
}
