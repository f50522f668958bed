package dev.cm3leon.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.cm3leon.metrics.Bootstrap;
import dev.cm3leon.metrics.Share;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One measured number and how it is printed.
///
/// @param text as a table shows it; empty where there is nothing to say
/// @param value the number itself, shares from 0 to 1
/// @param hits of a share
/// @param of how many a share is counted
/// @param low lower end of the 95 % interval: Wilson's of a share, that of resamples of a mean or of groups
/// @param high upper end
@JsonInclude(JsonInclude.Include.NON_NULL)
record Figure(
        String text,
        @Nullable Double value,
        @Nullable Long hits,
        @Nullable Long of,
        @Nullable Double low,
        @Nullable Double high) {

    static final Figure NONE = new Figure("", null, null, null, null, null);

    /// With its interval.
    static Figure of(Share share) {
        return of(share, share.toString());
    }

    static Figure of(long hits, long of) {
        return of(new Share(hits, of));
    }

    /// Trials that belong together, so that they stand or fall together: each group is drawn as one. Where all groups
    /// are alike, nothing tells how much they differ, and the interval is that of as many single trials.
    ///
    /// @param hits of each group
    /// @param of trials of each group
    static Figure grouped(int[] hits, int[] of) {
        Share all = new Share(
                Arrays.stream(hits).asLongStream().sum(),
                Arrays.stream(of).asLongStream().sum());
        boolean none = all.hits() == 0, every = all.hits() == all.of();
        Share.Interval interval = none || every
                ? new Share(none ? 0 : hits.length, hits.length).wilson(0.95)
                : Bootstrap.ofRatio(
                        Arrays.stream(hits).asDoubleStream().toArray(),
                        Arrays.stream(of).asDoubleStream().toArray(),
                        0.95);
        String text =
                "%s %% [%s, %s]".formatted(percent(all.value()), percent(interval.low()), percent(interval.high()));
        return new Figure(text, all.value(), all.hits(), all.of(), interval.low(), interval.high());
    }

    /// In per cent, the interval in JSON alone.
    static Figure narrow(Share share) {
        return of(share, percent(share.value()));
    }

    /// A share that is known or is a mean of shares, in per cent.
    static Figure share(double value) {
        return new Figure(percent(value), value, null, null, null, null);
    }

    /// The same where no heading says that it is in per cent.
    static Figure percentOf(double value) {
        return new Figure(percent(value) + " %", value, null, null, null, null);
    }

    /// The mean of one number of each picture, with its interval; nothing where there is none.
    ///
    /// @param format such as `%.2f`
    static Figure mean(String format, double[] values) {
        if (values.length == 0) return NONE;
        double mean = Arrays.stream(values).average().orElseThrow();
        Share.Interval interval = Bootstrap.ofMean(values, 0.95);
        String text = String.format(
                Locale.ROOT, "%1$s [%1$s, %1$s]".formatted(format), mean, interval.low(), interval.high());
        return new Figure(text, mean, null, null, interval.low(), interval.high());
    }

    /// @param format such as `%.2f`
    static Figure number(String format, double value) {
        return new Figure(String.format(Locale.ROOT, format, value), value, null, null, null, null);
    }

    private static Figure of(Share share, String text) {
        Share.Interval interval = share.wilson(0.95);
        return new Figure(text, share.value(), share.hits(), share.of(), interval.low(), interval.high());
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }
}
