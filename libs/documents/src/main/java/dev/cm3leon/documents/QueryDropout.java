package dev.cm3leon.documents;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Drops some of a query's tokens before it is searched with in training, for diversity (section 2.1).
///
/// @param rate share of tokens that is dropped on average; the paper's is 0.2
public record QueryDropout(double rate) {

    public QueryDropout {
        if (!(rate >= 0 && rate < 1)) throw new IllegalArgumentException("need 0 <= rate < 1, got " + rate);
    }

    /// The tokens that stay, at least one of them where there is any.
    public int[] drop(int[] query, RandomGenerator random) {
        int[] kept =
                Arrays.stream(query).filter(id -> random.nextDouble() >= rate).toArray();
        return kept.length == 0 && query.length > 0 ? new int[] {query[random.nextInt(query.length)]} : kept;
    }
}
