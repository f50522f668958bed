package dev.cm3leon.gateway.intake;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of `POST /v1/generations`: a document with holes, and how to fill them. What is left out has a default.
///
/// @param parts text, images and holes, in order
/// @param prompt short for a text and an image hole
/// @param image alone it asks for a caption: a text hole before the image, behind the instruction of table 5 unless
/// documents are asked for
/// @param question about `image`; it is asked in the words of table 5
/// @param stepByStep whether what is seen is to be said before the answer; left out, the model's default for questions
/// that are answered by yes or no, and no for others
/// @param candidates how many to draw
/// @param seed the same request with the same seed gives the same result
/// @param model name, or name@version
/// @param deadlineSeconds after which the job is given up
public record NewGeneration(
        @Nullable List<PartBody> parts,
        @Nullable String prompt,
        @Nullable SamplingBody sampling,
        @Nullable Integer candidates,
        @Nullable RetrievalBody retrieval,
        @Nullable Long seed,
        @Nullable String model,
        @JsonProperty("deadline_seconds") @Nullable Double deadlineSeconds,
        @Nullable ImageBody image,
        @Nullable String question,
        @JsonProperty("step_by_step") @Nullable Boolean stepByStep) {

    /// A prompt, everything else by default.
    public static NewGeneration of(String prompt, @Nullable Integer candidates, @Nullable String model) {
        return new NewGeneration(null, prompt, null, candidates, null, null, model, null, null, null, null);
    }

    /// @param type `text`, `image` or `hole`
    /// @param text of a text part
    /// @param image of an image part
    /// @param modality of a hole: what it is to be filled with
    /// @param region of an image part: what of it is to be drawn again; the part is then a hole
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PartBody(
            @Nullable String type,
            @Nullable String text,
            @Nullable ImageBody image,
            @Nullable Modality modality,
            @Nullable RegionBody region) {

        PartBody(@Nullable String type, @Nullable String text, @Nullable ImageBody image, @Nullable Modality modality) {
            this(type, text, image, modality, null);
        }

        public static PartBody of(Part part) {
            return switch (part) {
                case Part.Text text -> new PartBody("text", text.text(), null, null);
                case Part.Image image ->
                    new PartBody(
                            "image", null, new ImageBody(null, image.image().key()), null);
                case Part.Region region -> {
                    Part.Rectangle r = region.region();
                    yield new PartBody(
                            "image",
                            null,
                            new ImageBody(null, region.image().key()),
                            null,
                            new RegionBody(r.x(), r.y(), r.width(), r.height()));
                }
                case Part.Hole hole -> new PartBody("hole", null, null, hole.modality());
            };
        }

        boolean isHole() {
            return "hole".equals(type) || region != null;
        }

        boolean drawsImage() {
            return modality == Modality.IMAGE || region != null;
        }
    }

    /// Left, top, width and height in parts of the image's middle square, each from 0 to 1.
    record RegionBody(
            @Nullable Double x,
            @Nullable Double y,
            @Nullable Double width,
            @Nullable Double height) {}

    /// Either the bytes of a PNG or JPEG file in base64, or the key of an image that is in the store already.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ImageBody(@Nullable String b64, @Nullable String key) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record SamplingBody(
            @Nullable Decoding decoding,
            @Nullable Double temperature,
            @JsonProperty("top_p") @Nullable Double topP,
            @JsonProperty("guidance_scale") @Nullable Double guidanceScale,
            @JsonProperty("cd_alpha") @Nullable Double cdAlpha,
            @JsonProperty("cd_k") @Nullable Integer cdK,
            @JsonProperty("max_text_tokens") @Nullable Integer maxTextTokens,
            @JsonProperty("text_temperature") @Nullable Double textTemperature,
            @JsonProperty("top_k") @Nullable Integer topK,
            @JsonProperty("image_guidance_scale") @Nullable Double imageGuidanceScale,
            @JsonProperty("guidance_on") @Nullable GuidanceOn guidanceOn,
            @JsonProperty("min_p") @Nullable Double minP,
            @JsonProperty("cd_expert_temperature") @Nullable Double cdExpertTemperature,

            @JsonProperty("cd_amateur_temperature") @Nullable
            Double cdAmateurTemperature) {

        static final SamplingBody DEFAULTS =
                new SamplingBody(null, null, null, null, null, null, null, null, null, null, null, null, null, null);

        public static SamplingBody of(Sampling s) {
            return new SamplingBody(
                    s.decoding(),
                    s.temperature(),
                    s.topP(),
                    s.guidanceScale(),
                    s.cdAlpha(),
                    s.cdK(),
                    s.maxTextTokens(),
                    s.textTemperature(),
                    s.topK(),
                    s.imageGuidanceScale(),
                    s.guidanceOn(),
                    s.minP(),
                    s.cdExpertTemperature(),
                    s.cdAmateurTemperature());
        }
    }

    /// @param documents how many to search for; 0 switches retrieval off
    /// @param given ids of documents to use instead of searching
    /// @param licences only documents under one of these are searched for
    /// @param exclude ids of documents that are not searched for
    record RetrievalBody(
            @Nullable Integer documents,
            @Nullable List<String> given,
            @Nullable List<String> licences,
            @Nullable List<String> exclude) {

        /// Whether documents are asked for, searched or given.
        static boolean wanted(@Nullable RetrievalBody retrieval) {
            if (retrieval == null) return false;
            return retrieval.given() != null && !retrieval.given().isEmpty()
                    || retrieval.documents() != null && retrieval.documents() > 0;
        }
    }
}
