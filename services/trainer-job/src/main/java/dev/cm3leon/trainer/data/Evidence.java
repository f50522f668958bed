package dev.cm3leon.trainer.data;

/// Which documents stand before a query that validation scores.
public enum Evidence {
    NONE,
    RIGHT,
    WRONG,
    /// Two, of which the first carries the name that is asked for.
    RIGHT_FIRST,
    /// Two, of which the last carries it.
    RIGHT_LAST,
    /// Two, each with a part of what is asked for, in order.
    PARTS
}
