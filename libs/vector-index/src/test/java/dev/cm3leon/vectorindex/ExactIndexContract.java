package dev.cm3leon.vectorindex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Entry;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What holds for a [Bank] whose index compares every vector.
interface ExactIndexContract extends BankContract {

    @Test
    default void claim16FindsWhatComparingEveryVectorFinds() {
        var random = new Random(16);
        List<Entry> entries = IntStream.range(0, 5_000)
                .mapToObj(i -> {
                    var embedding = new Embedding(unit(random), unit(random));
                    var terms = Set.of("t" + i % 7);
                    return new Entry("d" + i, embedding, "public", true, i % 3 == 0, terms, "CC0-1.0", "{}");
                })
                .toList();
        index().upsert(entries);

        for (int round = 0; round < 20; round++) {
            float[] query = unit(random);
            for (VectorField field : VectorField.values()) {
                List<Hit> found = index().search(field, query, 10, ANY);
                List<Hit> passing = index().search(
                                field, query, 10, ANY.modalities(true, true).allTerms(Set.of("t3")));

                assertThat(found).extracting(Hit::id).isEqualTo(nearest(entries.stream(), field, query));
                assertThat(passing)
                        .extracting(Hit::id)
                        .isEqualTo(nearest(
                                entries.stream().filter(Entry::hasImage).filter(entry -> entry.terms()
                                        .contains("t3")),
                                field,
                                query));
            }
        }
    }

    private static List<String> nearest(Stream<Entry> entries, VectorField field, float[] query) {
        return entries.map(entry -> Map.entry(entry.id(), dot(entry.embedding().of(field), query)))
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(10)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static double dot(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (double) a[i] * b[i])
                .sum();
    }

    /// Of 128 numbers.
    private static float[] unit(Random random) {
        double[] normal = DoubleStream.generate(random::nextGaussian).limit(128).toArray();
        double length = Math.sqrt(IntStream.range(0, normal.length)
                .mapToDouble(i -> normal[i] * normal[i])
                .sum());
        float[] unit = new float[normal.length];
        for (int i = 0; i < unit.length; i++) unit[i] = (float) (normal[i] / length);
        return unit;
    }
}
