package dev.cm3leon.objectstore;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/// A real server, if somebody started it: `./cm3 test real` does. Without one the tests are skipped, with the reason.
@TestInstance(Lifecycle.PER_CLASS)
abstract class RealS3Contract implements S3Contract {

    private final String property;
    private @Nullable Account account;
    private @Nullable MinioObjectStore store;

    /// @param property with the server's endpoint, e.g. `cm3.real.minio`; its keys are in properties below it
    RealS3Contract(String property) {
        this.property = property;
    }

    @BeforeAll
    void open() {
        String endpoint = System.getProperty(property);
        assumeTrue(endpoint != null, () -> "NOT RUN: no server, since the system property " + property + " is not set");
        account = new Account(
                URI.create(Objects.requireNonNull(endpoint)),
                Objects.requireNonNull(System.getProperty(property + ".access-key"), property + ".access-key"),
                Objects.requireNonNull(System.getProperty(property + ".secret-key"), property + ".secret-key"),
                System.getProperty(property + ".region", "us-east-1"));
        store = account.open(account.bucket());
    }

    @AfterAll
    void close() {
        if (store != null) store.close();
    }

    @Override
    public ObjectStore store() {
        return Objects.requireNonNull(store);
    }

    @Override
    public Account account() {
        return Objects.requireNonNull(account);
    }
}
