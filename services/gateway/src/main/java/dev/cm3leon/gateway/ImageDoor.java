package dev.cm3leon.gateway;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;

/// Looks at images before they go anywhere: size by size, then whether they can be read at all.
final class ImageDoor {

    private static final int PNG_FIRST_BYTE = 0x89;

    private final Images images;
    private final int size;

    /// @param size that images are to be read at
    ImageDoor(Images images, int size) {
        this.images = images;
        this.size = size;
    }

    /// @return `image/png` or `image/jpeg`
    /// @throws Refusal 413 when there are too many bytes or pixels
    /// @throws RefusedImageException when it cannot be read
    String mediaType(byte[] bytes) {
        try {
            images.read(bytes, null, size);
        } catch (RefusedImageException e) {
            throw switch (e.reason()) {
                case TOO_MANY_BYTES, TOO_MANY_PIXELS ->
                    Refusal.tooLarge("image", "the image is too large: " + e.getMessage());
                case UNREADABLE, WRONG_FORMAT -> e;
            };
        }
        return (bytes[0] & 0xff) == PNG_FIRST_BYTE ? "image/png" : "image/jpeg";
    }
}
