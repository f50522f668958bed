package dev.cm3leon.gateway.intake;

import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.gateway.intake.NewGeneration.ImageBody;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.objectstore.ObjectStore;
import java.util.Base64;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;

/// The door of images: they come as bytes or as the key of what is in the store, where both are then.
public final class ImageIntake {

    /// Keys under which images are kept and may be looked at.
    public static final Pattern KEY = Pattern.compile("images/[0-9a-f]{2}/[0-9a-f]{62}\\.[a-z]{3,4}");

    private final ObjectStore store;
    private final Function<byte[], String> mediaType;

    /// @param mediaType of an image's bytes, e.g. `image/png`; throws an [IllegalArgumentException] with the
    /// reason when they are no image, or a [Refusal] when it is too large
    public ImageIntake(ObjectStore store, Function<byte[], String> mediaType) {
        this.store = store;
        this.mediaType = mediaType;
    }

    /// Bytes that came with a form, as an image of the body.
    public static ImageBody body(byte[] bytes) {
        return new ImageBody(Base64.getEncoder().encodeToString(bytes), null);
    }

    /// Puts an image into the store, or finds it there.
    ///
    /// @param field that it came in
    ObjectRef take(String field, ImageBody image) {
        if ((image.b64() == null) == (image.key() == null)) {
            throw Refusal.field(
                    field,
                    "%s is to have b64 or key, got %s".formatted(field, image.b64() == null ? "neither" : "both"));
        }
        if (image.key() != null) return stored(field + ".key", image.key());
        byte[] bytes = bytes(field + ".b64", Objects.requireNonNull(image.b64()));
        String type = type(field + ".b64", bytes);
        String suffix = "." + type.substring(type.indexOf('/') + 1);
        return new ObjectRef(store.putContent("images", bytes, suffix, type), type, bytes.length);
    }

    private ObjectRef stored(String field, String key) {
        if (!KEY.matcher(key).matches()) {
            throw Refusal.field(field, "%s is to be the key of an image, got \"%s\"".formatted(field, key));
        }
        byte[] bytes = store.get(key)
                .orElseThrow(() -> Refusal.field(field, "%s: nothing is stored under \"%s\"".formatted(field, key)));
        return new ObjectRef(key, type(field, bytes), bytes.length);
    }

    private String type(String field, byte[] bytes) {
        try {
            return mediaType.apply(bytes);
        } catch (IllegalArgumentException e) {
            throw Refusal.field(field, field + " is not an image that can be read: " + e.getMessage());
        } catch (Refusal tooLarge) {
            throw Refusal.tooLarge(field, tooLarge.message());
        }
    }

    private static byte[] bytes(String field, String base64) {
        String data = base64.startsWith("data:") ? base64.substring(base64.indexOf(',') + 1) : base64;
        try {
            return Base64.getDecoder().decode(data.strip());
        } catch (IllegalArgumentException e) {
            throw Refusal.field(field, field + " is not base64: " + e.getMessage());
        }
    }
}
