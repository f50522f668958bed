package dev.cm3leon.retriever;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How documents are chosen.
///
/// @param maxSimilarity the largest cosine of a document with the query, or with another chosen one (CM3Leon section
/// 2.1)
/// @param found how many documents each search brings, to choose from; more are looked for where too few may be chosen
@ConfigurationProperties("cm3.retriever")
record RetrieverProperties(
        @DefaultValue("0.9") double maxSimilarity,
        @DefaultValue("32") int found) {

    RetrieverProperties {
        if (!(maxSimilarity > -1 && maxSimilarity <= 1)) {
            throw new IllegalArgumentException("need cm3.retriever.max-similarity in (-1, 1], got " + maxSimilarity);
        }
        if (found < 1) throw new IllegalArgumentException("need cm3.retriever.found >= 1, got " + found);
    }
}
