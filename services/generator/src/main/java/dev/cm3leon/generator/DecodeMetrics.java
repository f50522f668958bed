package dev.cm3leon.generator;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/// How well the decoding of one model is used.
final class DecodeMetrics implements DecodePool.Steps {

    private final int rows;
    private final Timer step;
    private final Counter tokens;
    private final DistributionSummary occupancy;
    private final DistributionSummary rowsUsed;

    /// @param model `name@version`
    /// @param rows streams that its pool can hold
    DecodeMetrics(MeterRegistry registry, String model, int rows) {
        this.rows = rows;
        this.step = Timer.builder("cm3.decode.step")
                .description("one token for every candidate of the batch")
                .tag("model", model)
                .publishPercentileHistogram()
                .register(registry);
        this.tokens = Counter.builder("cm3.decode.tokens")
                .description("tokens decoded, of all candidates")
                .tag("model", model)
                .register(registry);
        this.occupancy = DistributionSummary.builder("cm3.decode.batch.occupancy")
                .description("part of the rows that a step decoded")
                .tag("model", model)
                .register(registry);
        this.rowsUsed = DistributionSummary.builder("cm3.decode.kv.rows.used")
                .description("rows of the key-value cache in use at a step; two a candidate, three of an edit")
                .tag("model", model)
                .register(registry);
    }

    @Override
    public void decoded(int count, int used, long nanoseconds) {
        step.record(nanoseconds, TimeUnit.NANOSECONDS);
        tokens.increment(count);
        occupancy.record((double) used / rows);
        rowsUsed.record(used);
    }
}
