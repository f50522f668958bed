package dev.cm3leon.gateway.intake;

import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.problem.Wanted;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/// Reads request bodies strictly: an unknown field, a wrong type or too many bytes is refused by name.
public final class Bodies {

    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual, text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .withCoercionConfig(LogicalType.Enum, e -> e.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
            .build();

    private final int maxBytes;

    public Bodies(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /// @throws Refusal that names the field, the value and what is allowed
    public <T> T read(InputStream body, Class<T> type) throws IOException {
        return read(bytes(body), type);
    }

    /// All of a body.
    public byte[] bytes(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(maxBytes + 1);
        if (bytes.length > maxBytes) {
            throw Refusal.tooLarge(null, "the body has more than the %d bytes allowed".formatted(maxBytes));
        }
        return bytes;
    }

    public static <T> T read(byte[] body, Class<T> type) {
        try {
            @Nullable T read = STRICT.readValue(body, type);
            if (read == null) throw Refusal.body("the body is to be a JSON object, got null");
            return read;
        } catch (UnrecognizedPropertyException e) {
            Collection<Object> known = e.getKnownPropertyIds() == null ? List.of() : e.getKnownPropertyIds();
            throw Refusal.noField(
                    fieldOf(e), known.stream().map(String::valueOf).toList());
        } catch (MismatchedInputException e) {
            if (e.getPath().isEmpty()) throw Refusal.body("the body is to be a JSON object, got " + got(body, e));
            throw Refusal.field(
                    fieldOf(e),
                    "%s is to be %s, got %s".formatted(fieldOf(e), Wanted.of(e.getTargetType()), got(body, e)));
        } catch (InputCoercionException e) {
            throw Refusal.field(
                    fieldOf(e), "%s is to be %s, got %s".formatted(fieldOf(e), range(e.getTargetType()), got(body, e)));
        } catch (StreamReadException e) {
            throw notJson(e);
        } catch (JacksonException e) {
            throw Refusal.body("the body cannot be read: " + e.getOriginalMessage());
        }
    }

    private static Refusal notJson(JacksonException e) {
        return Refusal.body("the body is not JSON: " + e.getOriginalMessage());
    }

    /// The path of a field as a person writes it, e.g. `parts[0].image.b64`.
    private static String fieldOf(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference reference : e.getPath()) {
            String name = reference.getPropertyName();
            if (name == null) path.append('[').append(reference.getIndex()).append(']');
            else path.append(path.isEmpty() ? "" : ".").append(name);
        }
        return path.toString();
    }

    /// Of a number that is too large.
    private static String range(Class<?> type) {
        return type == Integer.class || type == int.class
                ? "a whole number from %d to %d".formatted(Integer.MIN_VALUE, Integer.MAX_VALUE)
                : "a whole number from %d to %d".formatted(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /// The value at fault, as it was sent.
    ///
    /// @throws Refusal when what comes behind it is not JSON
    private static String got(byte[] body, JacksonException e) {
        JsonNode value;
        try {
            value = STRICT.readTree(body);
        } catch (JacksonException alsoNotJson) {
            throw notJson(alsoNotJson);
        }
        for (JacksonException.Reference reference : e.getPath()) {
            String name = reference.getPropertyName();
            value = name == null ? value.path(reference.getIndex()) : value.path(name);
        }
        String text = value.isMissingNode() ? "nothing" : value.toString();
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}
