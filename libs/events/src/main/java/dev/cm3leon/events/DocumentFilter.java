package dev.cm3leon.events;

import java.util.List;
import java.util.Objects;

/// Which documents of the memory bank count, besides those of the asking tenant and the public ones.
///
/// @param modalities only documents that have all of these
/// @param licences only documents under one of these, as they were told when the documents were added; empty for any
/// @param exclude ids of documents that do not count
public record DocumentFilter(List<Modality> modalities, List<String> licences, List<String> exclude) {

    public DocumentFilter {
        modalities = List.copyOf(Objects.requireNonNull(modalities, "modalities is missing"));
        licences = List.copyOf(Objects.requireNonNull(licences, "licences is missing"));
        exclude = List.copyOf(Objects.requireNonNull(exclude, "exclude is missing"));
    }
}
