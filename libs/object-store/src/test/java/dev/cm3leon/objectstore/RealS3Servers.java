package dev.cm3leon.objectstore;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cm3leon.objectstore.S3Contract.Account;
import java.net.URI;
import java.util.Objects;

/// Where the real servers are, if somebody started them: `./cm3 test real` does.
final class RealS3Servers {

    private RealS3Servers() {}

    /// Skips the tests, with the reason, when there is none.
    ///
    /// @param property e.g. `cm3.real.minio`
    static Account account(String property) {
        String endpoint = System.getProperty(property);
        assumeTrue(endpoint != null, () -> "NOT RUN: no server, since the system property " + property + " is not set");
        return new Account(
                URI.create(Objects.requireNonNull(endpoint)),
                Objects.requireNonNull(System.getProperty(property + ".access-key"), property + ".access-key"),
                Objects.requireNonNull(System.getProperty(property + ".secret-key"), property + ".secret-key"),
                System.getProperty(property + ".region", "us-east-1"));
    }
}
