package dev.cm3leon.gateway;

import dev.cm3leon.gateway.problem.Refusal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Lists that have an end, however much there is.
final class Lists {

    private static final int MOST = 200;

    private Lists() {}

    /// @throws Refusal when so many are not told at once
    static void requireLimit(int limit) {
        if (limit >= 1 && limit <= MOST) return;
        throw Refusal.field("limit", "limit is to be from 1 to %d, got %d".formatted(MOST, limit));
    }

    /// The newest first.
    ///
    /// @param shown those that there are for who asks
    /// @param began when each did, where that is known
    static <S, V> List<V> latest(
            List<S> all, Predicate<S> shown, Function<S, Optional<Instant>> began, int limit, Function<S, V> view) {
        requireLimit(limit);
        return all.stream()
                .filter(shown)
                .sorted(Comparator.comparing((S one) -> began.apply(one).orElse(Instant.EPOCH))
                        .reversed())
                .limit(limit)
                .map(view)
                .toList();
    }
}
