package dev.cm3leon.cli.pictures;

import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.corpora.Picture;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;
import dev.cm3leon.model.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A picture on disk, as it is sent.
public final class ImageFile {
    static final long MAX_BYTES = Images.DEFAULT.maxBytes(); // what the gateway takes

    private ImageFile() {}

    /// @throws Failure USAGE saying what is wrong with it
    public static byte[] read(Path file) {
        try {
            if (!Files.isRegularFile(file)) throw Failure.usage("no such file: " + file);
            if (Files.size(file) > MAX_BYTES) {
                throw Failure.usage("%s has %d bytes, more than %d".formatted(file, Files.size(file), MAX_BYTES));
            }
            byte[] bytes = Files.readAllBytes(file);
            if (!isImage(bytes)) throw Failure.usage(file + " is neither PNG nor JPEG");
            return bytes;
        } catch (IOException e) {
            throw Failure.usage("cannot read %s: %s".formatted(file, e.getMessage()));
        }
    }

    /// The picture as the platform sees it: upright, and what is transparent is white.
    ///
    /// @throws Failure USAGE saying what is wrong with it
    public static RgbImage pixels(Path file, byte[] bytes) {
        try {
            return Images.DEFAULT.read(bytes, null);
        } catch (RefusedImageException e) {
            throw Failure.usage("cannot read the picture in %s: %s".formatted(file, e.getMessage()));
        }
    }

    static boolean isImage(byte[] bytes) {
        return !Picture.format(bytes).isEmpty();
    }
}
