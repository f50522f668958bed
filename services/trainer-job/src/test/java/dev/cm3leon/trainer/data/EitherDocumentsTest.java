package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.transformer.Documents;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EitherDocumentsTest {
    private record Only(String name, TokenStream stream) implements Documents {
        @Override
        public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
            return List.of(List.of(stream));
        }

        @Override
        public Map<String, List<TokenStream>> validation() {
            return Map.of(name, List.of(stream));
        }
    }

    private final Only first = new Only("first", new TokenStream(new int[] {1}, new int[] {-1}));
    private final Only second = new Only("second", new TokenStream(new int[] {2}, new int[] {-1}));

    @Test
    void aStepSeesOneOfBothAsOftenAsSaid() {
        var either = new EitherDocuments(first, second, 0.25);

        long ofFirst = IntStream.range(0, 1000)
                .filter(step -> either.step(step, WorkerShare.WHOLE, Ops.random(1, "step", step))
                        .equals(List.of(List.of(first.stream()))))
                .count();

        assertThat(ofFirst).isBetween(200L, 300L);
        assertThat(either.validation()).containsOnlyKeys("first", "second");
        assertThat(new EitherDocuments(first, second, 1).validation()).containsOnlyKeys("first");
    }
}
