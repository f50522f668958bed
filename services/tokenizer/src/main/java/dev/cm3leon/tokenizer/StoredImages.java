package dev.cm3leon.tokenizer;

import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ObjectStore;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Images in the object store, as codes.
///
/// @param model whose codes they are, `name@version`
record StoredImages(ObjectStore store, String model, VqTokenizer vq) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int[] NONE = new int[0];

    /// The codes of an image, in raster order.
    ///
    /// @throws RefusedImageException when it is too large or cannot be read
    /// @throws IllegalArgumentException when it is not there
    int[] codes(ObjectRef image) {
        byte[] bytes = store.get(image.key())
                .orElseThrow(() -> new IllegalArgumentException("there is no image " + image.key()));
        return vq.encode(
                Images.DEFAULT.read(bytes, image.mediaType(), vq.config().imageSize()));
    }

    /// The codes of a document's image. It stands in many prompts, so they are kept beside it, for each model.
    ///
    /// @throws RefusedImageException when it is too large or cannot be read
    /// @throws IllegalArgumentException when it is not there
    int[] documentCodes(ObjectRef image) {
        String key = codesKey(model, image);
        int[] kept = kept(key);
        if (kept.length > 0) return kept;
        int[] codes = codes(image);
        store.put(key, JSON.writeValueAsBytes(codes), "application/json");
        return codes;
    }

    /// No content key, which would promise the bytes of the image.
    static String codesKey(String model, ObjectRef image) {
        return "codes/" + model + "/" + image.key().replace('/', '-');
    }

    /// None where there are none, or none of this model.
    private int[] kept(String key) {
        try {
            int[] codes = store.get(key)
                    .map(json -> JSON.readValue(json, int[].class))
                    .orElse(NONE);
            boolean whole = codes.length == vq.config().cells()
                    && Arrays.stream(codes)
                            .allMatch(code -> code >= 0 && code < vq.config().codes());
            return whole ? codes : NONE;
        } catch (JacksonException | IllegalStateException e) { // damaged: they are made anew
            return NONE;
        }
    }

    /// Stores an image of these codes as PNG; the same codes are stored once.
    ObjectRef put(int[] codes) {
        byte[] png = Images.png(vq.decode(codes));
        return new ObjectRef(store.putContent("images", png, ".png", "image/png"), "image/png", png.length);
    }
}
