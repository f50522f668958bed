package dev.cm3leon.gateway.intake;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.gateway.intake.NewGeneration.ImageBody;
import dev.cm3leon.gateway.intake.NewGeneration.PartBody;
import dev.cm3leon.gateway.intake.NewGeneration.RegionBody;
import dev.cm3leon.gateway.intake.NewGeneration.RetrievalBody;
import dev.cm3leon.gateway.problem.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The door of what is to be completed: texts, images and holes, each in its form, and no more than the model's context
/// takes. Refuses by the name of the field. Images that come along are put into the store.
final class PartsIntake {

    private static final int MAX_TEXT = 20_000; // characters
    private static final int MAX_PARTS = 64;

    private final ServedModel model;
    private final ImageIntake images;

    PartsIntake(ServedModel model, ImageIntake images) {
        this.model = model;
        this.images = images;
    }

    /// A prompt, a question or an image stands for parts.
    List<PartBody> of(NewGeneration body) {
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

    /// The parts with their images in the store.
    List<Part> take(NewGeneration body, List<PartBody> parts) {
        List<Part> taken = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++)
            taken.add(part(body.parts() == null ? "" : "parts[" + i + "].", parts.get(i)));
        return taken;
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

    /// What the parts are made of.
    private static String fieldOf(NewGeneration body) {
        if (body.parts() != null) return "parts";
        if (body.prompt() != null) return "prompt";
        return body.question() != null ? "question" : "image";
    }

    /// The prompt as it will be laid out, with room for the documents that are not known yet.
    void requireFit(NewGeneration body, List<PartBody> parts, int documents, Sampling sampling) {
        String field = fieldOf(body);
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
}
