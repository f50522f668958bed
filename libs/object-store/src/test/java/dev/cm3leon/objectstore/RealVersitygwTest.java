package dev.cm3leon.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Against versitygw, S3 over plain files.
@Tag("real")
class RealVersitygwTest extends RealS3Contract {

    RealVersitygwTest() {
        super("cm3.real.versitygw");
    }

    /// It has no lifecycle.
    @Test
    void aStoreWithoutLifecycleKeepsWhatIsTemporary() {
        var bucket = new Bucket(account().bucket().name(), account().region(), null, List.of("prompts/"), 7);
        try (var store = account().open(bucket)) {
            String key = store.putContent("prompts", new byte[] {1, 2}, ".json", "application/json");

            assertThat(store.get(key)).hasValue(new byte[] {1, 2});
        }
    }
}
