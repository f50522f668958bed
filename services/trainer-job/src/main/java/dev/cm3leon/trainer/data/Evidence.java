package dev.cm3leon.trainer.data;

/// Which documents stand before a query that validation scores.
public enum Evidence {
    NONE(0),
    RIGHT(1),
    WRONG(1),
    /// The first carries the name that is asked for.
    RIGHT_FIRST(2),
    /// The last carries it.
    RIGHT_LAST(2),
    /// Each with a part of what is asked for, in order.
    PARTS(2);

    final int documents;

    Evidence(int documents) {
        this.documents = documents;
    }
}
