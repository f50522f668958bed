package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class BenchChaosCommandTest {
    private final JsonNode results = Gateway.JSON.readTree("{\"j1\": 1, \"j2\": 2, \"j3\": 3, \"other\": 2}");

    @Test
    void aJobWithResultsThatDifferIsDoneTwice() {
        assertThat(BenchChaosCommand.twice(List.of("j1"), results)).isZero();
        assertThat(BenchChaosCommand.twice(List.of("j1", "j2", "j3"), results)).isEqualTo(2);
    }

    /// Else what was read is not the log, and nothing would be found in it.
    @Test
    void aJobThatIsDoneHasAResult() {
        assertThatThrownBy(() -> BenchChaosCommand.twice(List.of("j1", "j4"), results))
                .isInstanceOf(Failure.class)
                .hasMessage("generation-completed.v1 has no result of job j4");
    }
}
