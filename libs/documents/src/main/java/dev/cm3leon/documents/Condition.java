package dev.cm3leon.documents;

/// What guidance takes for the condition, which the unconditional stream is without.
public enum Condition {
    /// What is given beside the holes; documents are kept.
    PROMPT,
    /// The retrieved documents; what is given beside the holes is kept.
    DOCUMENTS,
    /// Both.
    ALL
}
