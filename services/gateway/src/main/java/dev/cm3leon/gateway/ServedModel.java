package dev.cm3leon.gateway;

import dev.cm3leon.documents.PromptLayout;
import java.util.function.Function;

/// What the gateway knows of the model that is served: enough to check a request at the door.
///
/// @param imageSize pixels on each side
/// @param encode text to ids
/// @param paint the image codes of the first cells to a PNG; cells that are not there yet are grey
record ServedModel(
        String name,
        String version,
        String licence,
        int imageSize,
        PromptLayout layout,
        Defaults defaults,
        Function<String, int[]> encode,
        Function<int[], byte[]> paint) {

    /// `name@version`: what a request is pinned to.
    String pinned() {
        return name + "@" + version;
    }

    /// Whether a request that asks for this model means this one.
    boolean isCalled(String asked) {
        return asked.equals(name) || asked.equals(pinned());
    }

    /// Settings that a request may leave out.
    record Defaults(
            double temperature,
            double topP,
            double guidanceScale,
            double cdAlpha,
            int cdK,
            int maxTextTokens,
            int candidates,
            int documents) {}
}
