package dev.cm3leon.model.clip;

import dev.cm3leon.model.ModelFiles;
import dev.cm3leon.model.ModelFormatException;
import java.util.function.Supplier;

/// A CLIP of a bundle that is not open yet.
///
/// @param embedding width of its vectors
public record ClipParts(int embedding, Supplier<ClipEncoder> encoder) {

    /// A published CLIP or one of ours, as the configuration among the files says.
    ///
    /// @param imageSize pixels of a side of the bundle's pictures, which are all that one of ours sees
    /// @throws ModelFormatException naming what is missing or not as it should be
    public static ClipParts of(ModelFiles files, int imageSize) {
        if (PublishedClip.isIn(files)) return PublishedClip.parts(files);
        ClipConfig config = ClipConfig.fromJson(files.json("config.json"));
        if (config.imageSize() != imageSize) {
            throw new ModelFormatException(
                    "need %d as image_size of clip, got %d".formatted(imageSize, config.imageSize()));
        }
        SmallClip.check(config, files.tensors("model.safetensors"));
        return new ClipParts(config.embedding(), () -> SmallClip.open(config, files.tensors("model.safetensors")));
    }
}
