package dev.cm3leon.gateway.intake;

import org.jspecify.annotations.Nullable;

/// The body of `POST /v1/documents`: a captioned image for the memory bank.
///
/// @param id chosen by the caller; derived from the content when left out
/// @param text the caption
/// @param image the picture
/// @param licence SPDX id or words
/// @param source where it came from
public record NewDocument(
        @Nullable String id,
        @Nullable String text,
        NewGeneration.@Nullable ImageBody image,
        @Nullable String licence,
        @Nullable String source) {}
