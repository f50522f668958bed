package dev.cm3leon.model.clip;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import org.jspecify.annotations.Nullable;

/// Pictures and texts as unit vectors of one space.
public interface ClipEncoder extends AutoCloseable {

    /// @param picture of the size of its model's pictures
    float[] encode(RgbImage picture);

    /// The picture of a file, cut and resized as this encoder learned to see.
    ///
    /// @param mediaType that the sender names, or null
    /// @throws dev.cm3leon.model.RefusedImageException when it cannot be read
    float[] encode(byte[] file, @Nullable String mediaType, Images images);

    float[] encode(String words);

    @Override
    void close();
}
