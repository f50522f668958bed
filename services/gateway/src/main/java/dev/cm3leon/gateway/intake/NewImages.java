package dev.cm3leon.gateway.intake;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/// The body of `POST /v1/images/generations`, in OpenAI's form.
///
/// @param n how many images
/// @param size `auto`, or the model's own size
/// @param responseFormat `url` or `b64_json`
/// @param quality taken and ignored, as are style, background, moderation and user
public record NewImages(
        @Nullable String prompt,
        @Nullable String model,
        @Nullable Integer n,
        @Nullable String size,
        @JsonProperty("response_format") @Nullable String responseFormat,
        @JsonProperty("output_format") @Nullable String outputFormat,
        @Nullable String quality,
        @Nullable String style,
        @Nullable String background,
        @Nullable String moderation,
        @Nullable String user) {}
