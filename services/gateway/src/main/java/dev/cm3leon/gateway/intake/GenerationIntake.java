package dev.cm3leon.gateway.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.DocumentFilter;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.gateway.intake.NewGeneration.ImageBody;
import dev.cm3leon.gateway.intake.NewGeneration.PartBody;
import dev.cm3leon.gateway.intake.NewGeneration.RegionBody;
import dev.cm3leon.gateway.intake.NewGeneration.RetrievalBody;
import dev.cm3leon.gateway.intake.NewGeneration.SamplingBody;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.objectstore.ContentKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The door of jobs: turns what people send into complete, checked requests for one model, or refuses by the name of
/// the field. Images that come along are put into the store.
public final class GenerationIntake {

    static final int MAX_CANDIDATES = 16;
    private static final int MAX_FILTER = 64; // keeps events below 64 KB
    static final int MAX_FILTER_TEXT = 128;
    static final int MAX_DOCUMENTS = 4;
    private static final int MAX_TEXT = 20_000;
    private static final int MAX_PARTS = 64;
    private static final double LONGEST_DEADLINE = Duration.ofDays(1).toSeconds();
    private static final double LEAST_TEMPERATURE = 1e-6; // logits are divided by it, and stay finite
    private final ServedModel model;
    private final ImageIntake images;
    private final String tenant;

    public GenerationIntake(ServedModel model, ImageIntake images, String tenant) {
        this.model = model;
        this.images = images;
        this.tenant = tenant;
    }

    /// @param id of the job; its seed is derived from it when none is given
    GenerationRequest generation(NewGeneration body, String id, Instant now) {
        if (body.model() != null && !model.isCalled(body.model())) throw Refusal.unknown("model", body.model());
        List<PartBody> parts = partsOf(body);
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
        requireFits(fieldOf(body), parts, documents, sampling);
        List<Part> checked = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++)
            checked.add(part(body.parts() == null ? "" : "parts[" + i + "].", parts.get(i)));
        return new GenerationRequest(
                id,
                tenant,
                model.pinned(),
                checked,
                sampling,
                candidates,
                documents,
                given,
                filter(retrieval),
                seed,
                deadline);
    }

    private List<PartBody> partsOf(NewGeneration body) {
        if (body.prompt() != null && body.parts() != null) {
            throw Refusal.field("prompt", "give prompt or parts, not both");
        }
        if (body.question() != null && body.image() == null) {
            throw Refusal.field("question", "question is to come with an image, got none");
        }
        if (body.stepByStep() != null && body.question() == null) {
            throw Refusal.field("step_by_step", "step_by_step is to come with a question, got none");
        }
        if (body.image() != null) return aboutImage(body, body.image());
        if (body.prompt() != null) {
            if (body.prompt().isBlank()) throw Refusal.field("prompt", "prompt is to have some text, got none");
            Refusal.requireShort("prompt", body.prompt(), MAX_TEXT);
            return List.of(
                    new PartBody("text", body.prompt(), null, null), new PartBody("hole", null, null, Modality.IMAGE));
        }
        if (body.parts() == null || body.parts().isEmpty()) {
            throw Refusal.field("parts", "parts is to have a hole, or give a prompt or an image; got nothing");
        }
        List<PartBody> parts = body.parts();
        if (parts.size() > MAX_PARTS) {
            throw Refusal.field(
                    "parts", "parts is to have at most %d parts, got %d".formatted(MAX_PARTS, parts.size()));
        }
        int characters = 0;
        for (int i = 0; i < parts.size(); i++) {
            requireForm("parts[" + i + "]", parts.get(i));
            String text = parts.get(i).text();
            if (text != null) characters += text.length();
        }
        if (characters > MAX_TEXT) {
            throw Refusal.field(
                    "parts",
                    "parts is to have at most %d characters of text in all, got %d".formatted(MAX_TEXT, characters));
        }
        if (parts.stream().noneMatch(PartBody::isHole)) {
            throw Refusal.field(
                    "parts",
                    "parts is to have at least one of type hole or with a region, got none in " + parts.size());
        }
        requireOneHole(parts, "text", part -> part.modality() == Modality.TEXT);
        requireOneHole(parts, "an image", PartBody::drawsImage);
        return parts;
    }

    /// A prompt has at most one hole of each modality.
    private static void requireOneHole(List<PartBody> parts, String of, Predicate<PartBody> isOne) {
        int[] holes = IntStream.range(0, parts.size())
                .filter(i -> isOne.test(parts.get(i)))
                .toArray();
        if (holes.length < 2) return;
        String field = "parts[" + holes[1] + "]";
        throw Refusal.field(
                field,
                "%s: parts is to have at most one hole for %s (a region is one for an image), got %d"
                        .formatted(field, of, holes.length));
    }

    /// A caption of an image, or an answer about it. Behind documents a caption has their form, with their names,
    /// and no words ask for it.
    private List<PartBody> aboutImage(NewGeneration body, ImageBody image) {
        if (body.prompt() != null || body.parts() != null) {
            throw Refusal.field(
                    "image", "image, alone or with a question, stands for parts; give no prompt and no parts with it");
        }
        List<PartBody> parts = new ArrayList<>();
        String question = body.question();
        if (question != null) {
            if (question.isBlank()) throw Refusal.field("question", "question is to have some text, got none");
            Refusal.requireShort("question", question, MAX_TEXT);
            boolean byDefault = model.defaults().stepByStep() && TextTasks.isForYesOrNo(question);
            boolean stepByStep = Objects.requireNonNullElse(body.stepByStep(), byDefault);
            String words = stepByStep ? TextTasks.stepByStep(question.strip()) : TextTasks.question(question.strip());
            parts.add(new PartBody("text", words, null, null));
        } else if (!RetrievalBody.wanted(body.retrieval())) {
            parts.add(new PartBody("text", TextTasks.DESCRIBE, null, null));
        }
        parts.add(new PartBody("hole", null, null, Modality.TEXT));
        parts.add(new PartBody("image", null, image, null));
        return parts;
    }

    private static void requireForm(String field, @Nullable PartBody part) {
        if (part == null) throw Refusal.field(field, field + " is to be an object, got null");
        switch (part.type()) {
            case null ->
                throw Refusal.field(field + ".type", field + ".type is to be one of text, image, hole, got none");
            case "text" -> {
                if (part.text() == null) throw Refusal.field(field + ".text", field + ".text is missing");
                Refusal.requireShort(field + ".text", part.text(), MAX_TEXT);
                refuseOthers(field, part, "text");
            }
            case "image" -> {
                if (part.image() == null) throw Refusal.field(field + ".image", field + ".image is missing");
                if (part.region() != null) rectangle(field + ".region", part.region());
                refuseOthers(field, part, "image");
            }
            case "hole" -> {
                if (part.modality() == null) {
                    throw Refusal.field(field + ".modality", field + ".modality is to be one of text, image, got none");
                }
                refuseOthers(field, part, "modality");
            }
            default ->
                throw Refusal.field(
                        field + ".type",
                        "%s.type is to be one of text, image, hole, got \"%s\"".formatted(field, part.type()));
        }
    }

    private static void refuseOthers(String field, PartBody part, String allowed) {
        String other = null;
        if (part.text() != null && !allowed.equals("text")) other = "text";
        if (part.image() != null && !allowed.equals("image")) other = "image";
        if (part.modality() != null && !allowed.equals("modality")) other = "modality";
        if (part.region() != null && !allowed.equals("image")) other = "region";
        if (other == null) return;
        throw Refusal.field(
                field + "." + other,
                "%s.%s does not go with type %s; allowed: type, %s".formatted(field, other, part.type(), allowed));
    }

    /// @param within what the part's fields are called after, e.g. `parts[0].`
    private Part part(String within, PartBody part) {
        return switch (Objects.requireNonNull(part.type())) {
            case "text" -> new Part.Text(Objects.requireNonNull(part.text()));
            case "image" -> {
                ObjectRef image = images.take(within + "image", Objects.requireNonNull(part.image()));
                yield part.region() == null
                        ? new Part.Image(image)
                        : new Part.Region(image, rectangle(within + "region", part.region()));
            }
            default -> new Part.Hole(Objects.requireNonNull(part.modality()));
        };
    }

    private static Part.Rectangle rectangle(String field, RegionBody region) {
        if (region.x() == null || region.y() == null || region.width() == null || region.height() == null) {
            throw Refusal.field(field, field + " is to have x, y, width and height");
        }
        try {
            return new Part.Rectangle(region.x(), region.y(), region.width(), region.height());
        } catch (IllegalArgumentException e) {
            throw Refusal.field(field, "%s: %s".formatted(field, e.getMessage()));
        }
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
                body.textTemperature() == null
                        ? null
                        : within("sampling.text_temperature", body.textTemperature(), 1, LEAST_TEMPERATURE, 10),
                body.topK() == null ? null : within("sampling.top_k", body.topK(), 1, 1, 1 << 20),
                body.imageGuidanceScale() == null
                        ? null
                        : within("sampling.image_guidance_scale", body.imageGuidanceScale(), 1, 0, 20),
                guidanceOn(body, defaults),
                within("sampling.min_p", body.minP(), defaults.minP(), 0, 1));
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

    /// What the parts are made of.
    private static String fieldOf(NewGeneration body) {
        if (body.parts() != null) return "parts";
        if (body.prompt() != null) return "prompt";
        return body.question() != null ? "question" : "image";
    }

    /// The prompt as it will be laid out, with room for the documents that are not known yet.
    private void requireFits(String field, List<PartBody> parts, int documents, Sampling sampling) {
        int cells = model.layout().grid().cells();
        List<PromptPart> laid = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            PartBody part = parts.get(i);
            String text = part.text();
            while (text != null && i + 1 < parts.size()) {
                String next = parts.get(i + 1).text();
                if (next == null) break;
                text = Part.Text.join(text, next);
                i++;
            }
            boolean textHoleFollows = i + 1 < parts.size() && parts.get(i + 1).modality() == Modality.TEXT;
            laid.add(
                    switch (Objects.requireNonNull(part.type())) {
                        case "text" ->
                            new PromptPart.Text(model.encode()
                                    .apply(PromptLayout.textBefore(Objects.requireNonNull(text), textHoleFollows)));
                        case "image" ->
                            part.region() == null
                                    ? new PromptPart.Image(new int[cells])
                                    : gap("parts[%d].region".formatted(i), part.region());
                        default ->
                            part.modality() == Modality.TEXT ? new PromptPart.TextHole() : new PromptPart.ImageHole();
                    });
        }
        var room =
                Collections.nCopies(documents, new CaptionedImage(new int[PromptLayout.DOCUMENT_TEXT], new int[cells]));
        try {
            if (sampling.imageGuidanceScale() == null) model.layout().lay(room, laid, sampling.maxTextTokens());
            else model.layout().layEdit(room, laid, sampling.maxTextTokens());
        } catch (ContextOverflowException e) {
            throw Refusal.field(
                    field,
                    "%s: %d tokens with room for %d documents, and %d are to be made: %d, but the context of %s is %d"
                            .formatted(
                                    field,
                                    e.promptTokens(),
                                    documents,
                                    e.newTokens(),
                                    e.needed(),
                                    model.name(),
                                    e.context()));
        } catch (IllegalArgumentException e) {
            throw Refusal.field("parts", "parts cannot be laid out: " + e.getMessage());
        }
    }

    private PromptPart gap(String field, RegionBody region) {
        Part.Rectangle rectangle = rectangle(field, region);
        var grid = model.layout().grid();
        try {
            int[] cells = grid.cellsIn(rectangle.x(), rectangle.y(), rectangle.width(), rectangle.height());
            return new PromptPart.ImageGap(new int[grid.cells()], cells);
        } catch (IllegalArgumentException e) {
            throw Refusal.field(field, "%s: %s".formatted(field, e.getMessage()));
        }
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
