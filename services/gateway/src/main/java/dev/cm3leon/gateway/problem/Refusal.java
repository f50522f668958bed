package dev.cm3leon.gateway.problem;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Something that is not done, and why: an HTTP status, and where a field is at fault, its name.
public final class Refusal extends RuntimeException {

    private final int status;
    private final @Nullable String field;

    private Refusal(int status, @Nullable String field, String message) {
        super(message);
        this.status = status;
        this.field = field;
    }

    /// 400: a field has a value that is not allowed.
    public static Refusal field(String field, String message) {
        return new Refusal(400, field, message);
    }

    /// 400: there is no such field.
    public static Refusal noField(String field, Collection<String> allowed) {
        String names = allowed.stream().sorted().collect(Collectors.joining(", "));
        return field(field, "%s is not a field here; allowed: %s".formatted(field, names));
    }

    /// @throws Refusal 400 when a text is longer than that
    public static void requireShort(String field, String text, int most) {
        if (text.length() <= most) return;
        throw field(field, "%s is to have at most %d characters, got %d".formatted(field, most, text.length()));
    }

    /// 400: the body cannot be read at all.
    public static Refusal body(String message) {
        return new Refusal(400, null, message);
    }

    /// 413: more than is taken in.
    public static Refusal tooLarge(@Nullable String field, String message) {
        return new Refusal(413, field, message);
    }

    /// 403: it comes from where nothing is taken.
    public static Refusal forbidden(String message) {
        return new Refusal(403, null, message);
    }

    /// 404: nothing has this id.
    public static Refusal unknown(String kind, String id) {
        return new Refusal(404, null, "no %s has the id %s".formatted(kind, id));
    }

    /// 409: it does not go with what was done before.
    public static Refusal conflict(String message) {
        return new Refusal(409, null, message);
    }

    /// 409: what is to go on, or to be stopped, has come to its end.
    public static Refusal over(String kind, String id, Enum<?> status) {
        return conflict("%s %s is already %s".formatted(kind, id, status.name().toLowerCase(Locale.ROOT)));
    }

    /// 503: what is needed cannot be reached; trying again may help.
    public static Refusal unavailable(String message) {
        return new Refusal(503, null, message);
    }

    public int status() {
        return status;
    }

    @Nullable
    public String field() {
        return field;
    }

    public String message() {
        return String.valueOf(getMessage());
    }
}
