package dev.cm3leon.gateway.state;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.IndexEvent.IndexReachability;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IndexStateTest {

    private final IndexState state = new IndexState();

    @Test
    void oneRetrieverThatCanSearchIsEnough() {
        tell("one", null, 1);
        tell("other", "the index is away", 2);

        assertThatCode(state::requireReachable).doesNotThrowAnyException();

        tell("one", "the index is away", 3);
        tell("one", null, 2); // told before

        assertThatThrownBy(state::requireReachable).hasMessageContaining("the index is away");
    }

    @Test
    void whatARetrieverThatIsGoneToldCountsNoMore() {
        tell("gone", null, 0);
        tell("there", "the index is away", 301);

        assertThatThrownBy(state::requireReachable).hasMessageContaining("the index is away");
    }

    private void tell(String instance, @Nullable String unreachable, long second) {
        state.hear(new IndexReachability(instance, unreachable, Instant.EPOCH.plusSeconds(second)));
    }
}
