package dev.cm3leon.gateway.intake;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.text.TextTokenizer;
import dev.cm3leon.model.vq.VqTokenizer;
import java.util.function.Function;

/// What the gateway knows of a model: enough to check a request at the door.
///
/// @param imageSize pixels on each side
/// @param encode text to ids
/// @param paint the image codes of the first cells to a PNG; cells that are not there yet are grey
/// @param release what it holds
public record ServedModel(
        String name,
        String version,
        String licence,
        int imageSize,
        PromptLayout layout,
        Defaults defaults,
        Function<String, int[]> encode,
        Function<int[], byte[]> paint,
        Runnable release)
        implements AutoCloseable {

    /// The longest text that a hole is filled with, where the request does not say.
    private static final int MAX_TEXT_TOKENS = 64;

    public static ServedModel of(ModelBundle bundle) {
        TextTokenizer text = bundle.openTextTokenizer();
        try {
            return of(bundle, text, bundle.openVqTokenizer());
        } catch (RuntimeException | Error e) {
            text.close(); // it is native
            throw e;
        }
    }

    private static ServedModel of(ModelBundle bundle, TextTokenizer text, VqTokenizer pictures) {
        var d = bundle.defaults();
        return new ServedModel(
                bundle.name(),
                bundle.version(),
                bundle.licence(),
                bundle.imageSize(),
                bundle.promptLayout(),
                new Defaults(
                        d.temperature(),
                        d.topP(),
                        d.minP(),
                        d.guidanceScale(),
                        d.editGuidanceScale(),
                        d.editImageGuidanceScale(),
                        d.cdAlpha(),
                        d.cdK(),
                        MAX_TEXT_TOKENS,
                        d.candidates(),
                        d.documents(),
                        switch (d.guidanceOn()) {
                            case PROMPT -> GuidanceOn.PROMPT;
                            case DOCUMENTS -> GuidanceOn.DOCUMENTS;
                            case ALL -> GuidanceOn.ALL;
                        },
                        d.stepByStep()),
                text::encode,
                new PartialPicture(pictures)::png,
                () -> {
                    text.close();
                    pictures.close();
                });
    }

    @Override
    public void close() {
        release.run();
    }

    /// `name@version`: what a request is pinned to.
    String pinned() {
        return name + "@" + version;
    }

    /// Whether a request that asks for this model means this one.
    boolean isCalled(String asked) {
        return asked.equals(name) || asked.equals(pinned());
    }

    /// Settings that a request may leave out.
    public record Defaults(
            double temperature,
            @JsonProperty("top_p") double topP,
            @JsonProperty("min_p") double minP,
            @JsonProperty("guidance_scale") double guidanceScale,
            @JsonProperty("edit_guidance_scale") double editGuidanceScale,
            @JsonProperty("edit_image_guidance_scale") double editImageGuidanceScale,
            @JsonProperty("cd_alpha") double cdAlpha,
            @JsonProperty("cd_k") int cdK,
            @JsonProperty("max_text_tokens") int maxTextTokens,
            int candidates,
            int documents,
            @JsonProperty("guidance_on") GuidanceOn guidanceOn,
            @JsonProperty("step_by_step") boolean stepByStep) {}
}
