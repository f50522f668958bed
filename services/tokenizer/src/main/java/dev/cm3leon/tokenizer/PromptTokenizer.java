package dev.cm3leon.tokenizer;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Condition;
import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.objectstore.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/// Lays out the streams of a prompt, with and without its condition (CM3Leon sections 2.2 and 3.1), and keeps them as
/// one object.
final class PromptTokenizer {

    static final String STEP = "tokenize";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final TokenizerModel model;
    private final ObjectStore store;

    PromptTokenizer(TokenizerModel model, ObjectStore store) {
        this.model = model;
        this.store = store;
    }

    /// [PromptTokenized], or [GenerationFailed] when the prompt cannot be laid out: an image that cannot be read, more
    /// tokens than the context has, parts that make no document.
    GenerationEvent tokenize(EvidenceRetrieved retrieved) {
        GenerationRequest request = retrieved.request();
        if (imageHoles(request) > 1 || textHoles(request) > 1) {
            return failed(
                    request,
                    "need at most one hole of each modality, got " + textHoles(request) + " of text and "
                            + imageHoles(request) + " of images");
        }
        try {
            List<CaptionedImage> documents =
                    retrieved.evidence().stream().map(this::document).toList();
            Prompt prompt = lay(documents, parts(request.parts()), request.sampling());
            byte[] json = JSON.writeValueAsBytes(prompt);
            String key = store.putContent("prompts", json, ".json", "application/json");
            return new PromptTokenized(
                    documents.isEmpty() ? unguided(request) : request,
                    model.id(),
                    new ObjectRef(key, "application/json", json.length),
                    prompt.conditional().length(),
                    prompt.newTokens());
        } catch (IllegalArgumentException e) { // a context overflow and a refused image are two
            return failed(request, Objects.toString(e.getMessage()));
        }
    }

    /// The gateway has seen to room for documents of usual length; what is found may be longer, which is no fault of
    /// whoever asks.
    private Prompt lay(List<CaptionedImage> documents, List<PromptPart> parts, Sampling sampling) {
        PromptLayout layout = model.layout().withCondition(condition(sampling));
        try {
            return lay(layout, documents, parts, sampling);
        } catch (ContextOverflowException e) {
            List<CaptionedImage> shorter =
                    documents.stream().map(PromptLayout::shortened).toList();
            return lay(layout, shorter, parts, sampling);
        }
    }

    private static Prompt lay(
            PromptLayout layout, List<CaptionedImage> documents, List<PromptPart> parts, Sampling sampling) {
        return sampling.imageGuidanceScale() == null
                ? layout.lay(documents, parts, sampling.maxTextTokens())
                : layout.layEdit(documents, parts, sampling.maxTextTokens());
    }

    /// Where guidance is on documents and there are none it is none; candidates are ranked, and CD-K contrasts, by the
    /// unconditional stream all the same.
    private static GenerationRequest unguided(GenerationRequest r) {
        Sampling s = r.sampling();
        if (s.guidanceOn() != GuidanceOn.DOCUMENTS) return r;
        return r.withSampling(s.withGuidanceScale(1));
    }

    private static Condition condition(Sampling sampling) {
        return switch (Objects.requireNonNullElse(sampling.guidanceOn(), GuidanceOn.PROMPT)) {
            case PROMPT -> Condition.PROMPT;
            case DOCUMENTS -> Condition.DOCUMENTS;
            case ALL -> Condition.ALL;
        };
    }

    private CaptionedImage document(Evidence evidence) {
        return new CaptionedImage(
                model.text().encode(PromptLayout.textBefore(evidence.text(), false)),
                model.images().documentCodes(evidence.image()));
    }

    private List<PromptPart> parts(List<Part> parts) {
        List<PromptPart> laid = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            boolean holeFollows = i + 1 < parts.size() && parts.get(i + 1).equals(new Part.Hole(Modality.TEXT));
            laid.add(
                    switch (parts.get(i)) {
                        case Part.Text given ->
                            new PromptPart.Text(
                                    model.text().encode(PromptLayout.textBefore(given.text(), holeFollows)));
                        case Part.Image given ->
                            new PromptPart.Image(model.images().codes(given.image()));
                        case Part.Region(ObjectRef image, Part.Rectangle region) ->
                            new PromptPart.ImageGap(
                                    model.images().codes(image),
                                    model.layout()
                                            .grid()
                                            .cellsIn(region.x(), region.y(), region.width(), region.height()));
                        case Part.Hole hole ->
                            switch (hole.modality()) {
                                case TEXT -> new PromptPart.TextHole();
                                case IMAGE -> new PromptPart.ImageHole();
                            };
                    });
        }
        return laid;
    }

    private static long imageHoles(GenerationRequest request) {
        return request.parts().stream().filter(Part::drawsImage).count();
    }

    private static long textHoles(GenerationRequest request) {
        return request.parts().stream()
                .filter(new Part.Hole(Modality.TEXT)::equals)
                .count();
    }

    private GenerationFailed failed(GenerationRequest request, String reason) {
        return new GenerationFailed(request.generation(), STEP, reason, model.id());
    }
}
