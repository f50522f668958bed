package dev.cm3leon.gateway.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.DocumentFilter;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.gateway.intake.NewGeneration.PartBody;
import dev.cm3leon.gateway.intake.NewGeneration.RetrievalBody;
import dev.cm3leon.gateway.intake.NewGeneration.SamplingBody;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.objectstore.ContentKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The door of jobs: turns what people send into complete, checked requests for one model, or refuses by the name of
/// the field. What is to be completed is [PartsIntake]'s.
public final class GenerationIntake {

    static final int MAX_CANDIDATES = 16;
    private static final int MAX_FILTER = 64; // keeps events below 64 KB
    static final int MAX_FILTER_TEXT = 128;
    static final int MAX_DOCUMENTS = 4;
    private static final double LONGEST_DEADLINE = Duration.ofDays(1).toSeconds();
    private static final double LEAST_TEMPERATURE = 1e-6; // logits are divided by it, and stay finite
    private final ServedModel model;
    private final PartsIntake parts;
    private final String tenant;

    public GenerationIntake(ServedModel model, ImageIntake images, String tenant) {
        this.model = model;
        this.parts = new PartsIntake(model, images);
        this.tenant = tenant;
    }

    /// @param id of the job; its seed is derived from it when none is given
    GenerationRequest generation(NewGeneration body, String id, Instant now) {
        if (body.model() != null && !model.isCalled(body.model())) throw Refusal.unknown("model", body.model());
        List<PartBody> parts = this.parts.of(body);
        RetrievalBody retrieval =
                Objects.requireNonNullElse(body.retrieval(), new RetrievalBody(null, null, null, null));
        List<String> given = given(retrieval);
        boolean draws = parts.stream().anyMatch(PartBody::drawsImage);
        boolean redraws = parts.stream().anyMatch(part -> part.region() != null);
        boolean says = parts.stream().anyMatch(part -> "text".equals(part.type()));
        int documents = given.isEmpty()
                ? within(
                        "retrieval.documents",
                        retrieval.documents(),
                        draws && says && !redraws ? model.defaults().documents() : 0,
                        0,
                        MAX_DOCUMENTS)
                : given.size();
        boolean shows = parts.stream().anyMatch(part -> "image".equals(part.type()));
        if (documents > 0 && given.isEmpty() && !(draws ? says : shows)) {
            throw Refusal.field(
                    "retrieval.documents",
                    "retrieval.documents is to be 0 without %s to search with, got %d"
                            .formatted(draws ? "a text" : "an image", documents));
        }
        Sampling sampling = sampling(body.sampling(), draws || documents > 0);
        int candidates =
                within("candidates", body.candidates(), model.defaults().candidates(), 1, MAX_CANDIDATES);
        Instant deadline = null;
        if (body.deadlineSeconds() != null) {
            double seconds = within("deadline_seconds", body.deadlineSeconds(), 0, 0, LONGEST_DEADLINE);
            if (seconds == 0) throw Refusal.field("deadline_seconds", "deadline_seconds is to be more than 0, got 0");
            deadline = now.plusMillis(Math.round(seconds * 1000));
        }
        long seed = body.seed() == null ? seedOf(id) : body.seed();
        this.parts.requireFit(body, parts, documents, sampling);
        return new GenerationRequest(
                id,
                tenant,
                model.pinned(),
                this.parts.take(body, parts),
                sampling,
                candidates,
                documents,
                given,
                filter(retrieval),
                seed,
                deadline);
    }

    /// @param guided whether the model's guidance holds where none is asked for: what is said of a given picture alone
    ///     is told better without
    private Sampling sampling(@Nullable SamplingBody given, boolean guided) {
        ServedModel.Defaults defaults = model.defaults();
        SamplingBody body = given == null ? SamplingBody.DEFAULTS : given;
        return new Sampling(
                Objects.requireNonNullElse(body.decoding(), Decoding.TOP_P),
                within("sampling.temperature", body.temperature(), defaults.temperature(), LEAST_TEMPERATURE, 10),
                positive("sampling.top_p", body.topP(), defaults.topP(), 1),
                within("sampling.guidance_scale", body.guidanceScale(), guidanceScale(body, defaults, guided), 0, 20),
                positive("sampling.cd_alpha", body.cdAlpha(), defaults.cdAlpha(), 1),
                within("sampling.cd_k", body.cdK(), defaults.cdK(), 1, 4096),
                within(
                        "sampling.max_text_tokens",
                        body.maxTextTokens(),
                        defaults.maxTextTokens(),
                        1,
                        model.layout().context()),
                temperature("sampling.text_temperature", body.textTemperature()),
                body.topK() == null ? null : within("sampling.top_k", body.topK(), 1, 1, 1 << 20),
                body.imageGuidanceScale() == null
                        ? null
                        : within("sampling.image_guidance_scale", body.imageGuidanceScale(), 1, 0, 20),
                guidanceOn(body, defaults),
                within("sampling.min_p", body.minP(), defaults.minP(), 0, 1),
                temperature("sampling.cd_expert_temperature", body.cdExpertTemperature()),
                temperature("sampling.cd_amateur_temperature", body.cdAmateurTemperature()));
    }

    private static @Nullable Double temperature(String field, @Nullable Double given) {
        return given == null ? null : within(field, given, 1, LEAST_TEMPERATURE, 10);
    }

    private static double guidanceScale(SamplingBody body, ServedModel.Defaults defaults, boolean guided) {
        if (body.imageGuidanceScale() != null) return defaults.editGuidanceScale();
        return guided ? defaults.guidanceScale() : 1;
    }

    /// With three streams guidance is on the image and on the text, and on nothing else.
    private static @Nullable GuidanceOn guidanceOn(SamplingBody body, ServedModel.Defaults defaults) {
        if (body.imageGuidanceScale() == null)
            return Objects.requireNonNullElse(body.guidanceOn(), defaults.guidanceOn());
        if (body.guidanceOn() == null) return null;
        throw Refusal.field(
                "sampling.guidance_on",
                "sampling.guidance_on is to be left out where sampling.image_guidance_scale is there");
    }

    private static List<String> given(RetrievalBody retrieval) {
        if (retrieval.given() == null || retrieval.given().isEmpty()) return List.of();
        List<String> given = retrieval.given();
        if (given.size() > MAX_DOCUMENTS) {
            throw Refusal.field(
                    "retrieval.given",
                    "retrieval.given is to have at most %d ids, got %d".formatted(MAX_DOCUMENTS, given.size()));
        }
        for (String id : given) {
            if (id == null || !DocumentIntake.ID.matcher(id).matches()) {
                throw Refusal.field("retrieval.given", "retrieval.given has no document's id: \"%s\"".formatted(id));
            }
        }
        if (retrieval.documents() != null && retrieval.documents() != given.size()) {
            throw Refusal.field(
                    "retrieval.documents",
                    "retrieval.documents is to be left out, or %d as retrieval.given has, got %d"
                            .formatted(given.size(), retrieval.documents()));
        }
        return given;
    }

    private static @Nullable DocumentFilter filter(RetrievalBody retrieval) {
        List<String> licences = texts("retrieval.licences", retrieval.licences());
        List<String> exclude = texts("retrieval.exclude", retrieval.exclude());
        if (licences.isEmpty() && exclude.isEmpty()) return null;
        return new DocumentFilter(List.of(), licences, exclude);
    }

    /// Texts to filter documents by, none where nothing is given.
    static List<String> texts(String field, @Nullable List<String> given) {
        if (given == null) return List.of();
        if (given.size() > MAX_FILTER) {
            throw Refusal.field(
                    field, "%s is to have at most %d texts, got %d".formatted(field, MAX_FILTER, given.size()));
        }
        for (String text : given) {
            if (text == null || text.isBlank() || text.length() > MAX_FILTER_TEXT) {
                throw Refusal.field(
                        field,
                        "%s is to have texts of 1 to %d characters, got \"%s\""
                                .formatted(field, MAX_FILTER_TEXT, text));
            }
        }
        return given;
    }

    /// Below 2^32, so that it survives JavaScript and is short to type.
    private static long seedOf(String id) {
        return Long.parseLong(ContentKey.sha256(id.getBytes(UTF_8)).substring(0, 8), 16);
    }

    private static int within(String field, @Nullable Integer value, int otherwise, int least, int most) {
        if (value == null) return otherwise;
        if (value >= least && value <= most) return value;
        throw Refusal.field(field, "%s is to be from %d to %d, got %d".formatted(field, least, most, value));
    }

    private static double within(String field, @Nullable Double value, double otherwise, double least, double most) {
        if (value == null) return otherwise;
        if (value >= least && value <= most) return value;
        throw Refusal.field(
                field, "%s is to be from %s to %s, got %s".formatted(field, plain(least), plain(most), plain(value)));
    }

    private static double positive(String field, @Nullable Double value, double otherwise, double most) {
        if (value == null) return otherwise;
        if (value > 0 && value <= most) return value;
        throw Refusal.field(
                field, "%s is to be more than 0 and at most %s, got %s".formatted(field, plain(most), plain(value)));
    }

    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
