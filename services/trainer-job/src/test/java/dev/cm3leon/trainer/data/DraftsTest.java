package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Drafts.Query;
import dev.cm3leon.trainer.torch.Ops;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DraftsTest {
    @Test
    void aNameThatNoDocumentHasIsNotAskedFor() throws IOException {
        var mixture = TrainingConfiguration.named("scenes").finetune().getLast().mixture();
        var random = Ops.random(1, "test", 0);

        int asked = (int) (1000 * mixture.askedCaption());
        assertThat(asked).isGreaterThan(100);
        assertThat(Stream.generate(() -> Query.of(mixture, true, random)).limit(1000))
                .doesNotContain(Query.ASKED);
        assertThat(Stream.generate(() -> Query.of(mixture, false, random))
                        .limit(1000)
                        .filter(Query.ASKED::equals))
                .hasSizeBetween(asked - 40, asked + 40);
    }
}
