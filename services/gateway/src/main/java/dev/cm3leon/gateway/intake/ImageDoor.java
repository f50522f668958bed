package dev.cm3leon.gateway.intake;

import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Looks at images before they go anywhere: size by size, then whether they can be read at all.
public final class ImageDoor {

    private static final int PNG_FIRST_BYTE = 0x89;

    /// One image at a time, in the order in which they come: decoded they are large. Decoding gives no other
    /// virtual thread a turn, so it is done on a thread of its own.
    private static final ExecutorService DECODER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("image-door").daemon().factory());

    private final Images images;
    private final int size;

    /// @param size that images are to be read at
    public ImageDoor(Images images, int size) {
        this.images = images;
        this.size = size;
    }

    /// @return `image/png` or `image/jpeg`
    /// @throws Refusal 413 when there are too many bytes or pixels
    /// @throws RefusedImageException when it cannot be read
    public String mediaType(byte[] bytes) {
        try {
            CompletableFuture.runAsync(() -> images.read(bytes, null, size), DECODER)
                    .join();
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof RefusedImageException refused)) throw e;
            throw switch (refused.reason()) {
                case TOO_MANY_BYTES, TOO_MANY_PIXELS ->
                    Refusal.tooLarge("image", "the image is too large: " + refused.getMessage());
                case UNREADABLE, WRONG_FORMAT -> refused;
            };
        }
        return (bytes[0] & 0xff) == PNG_FIRST_BYTE ? "image/png" : "image/jpeg";
    }
}
