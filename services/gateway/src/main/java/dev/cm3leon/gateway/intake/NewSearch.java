package dev.cm3leon.gateway.intake;

import dev.cm3leon.events.Modality;
import dev.cm3leon.gateway.intake.NewGeneration.ImageBody;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of `POST /v1/search`: what to look for in the memory bank, a text, an image or both.
///
/// @param k how many documents at the most (5)
/// @param modalities only documents that have these
/// @param licences only documents under one of these
/// @param exclude ids of documents that do not count
public record NewSearch(
        @Nullable String text,
        @Nullable ImageBody image,
        @Nullable Integer k,
        @Nullable List<Modality> modalities,
        @Nullable List<String> licences,
        @Nullable List<String> exclude) {}
