package dev.cm3leon.tokenizer;

import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ObjectStore;

/// Images in the object store, as codes.
record StoredImages(ObjectStore store, VqTokenizer vq) {

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

    /// Stores an image of these codes as PNG; the same codes are stored once.
    ObjectRef put(int[] codes) {
        byte[] png = Images.png(vq.decode(codes));
        return new ObjectRef(store.putContent("images", png, ".png", "image/png"), "image/png", png.length);
    }
}
