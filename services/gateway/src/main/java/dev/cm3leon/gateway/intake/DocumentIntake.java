package dev.cm3leon.gateway.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Tenant;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.objectstore.ContentKey;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;

/// The door of documents, which is the same for all models: that of the model to begin with, which checks them.
public final class DocumentIntake {

    public static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
    static final int MAX_TEXT = 20_000;
    private static final int MAX_LICENCE = GenerationIntake.MAX_FILTER_TEXT; // longer ones cannot be asked for
    private static final int MAX_SOURCE = 2_000;

    private final ImageIntake images;
    private final String tenant;
    private final int longestText;
    private final ToIntFunction<String> tokens;

    /// @param longestText in tokens, so that a document fits into a prompt
    /// @param tokens of a text
    public DocumentIntake(ImageIntake images, String tenant, int longestText, ToIntFunction<String> tokens) {
        this.images = images;
        this.tenant = tenant;
        this.longestText = longestText;
        this.tokens = tokens;
    }

    /// A document, its image in the store.
    public Document document(NewDocument body) {
        if (body.image() == null) {
            throw Refusal.field("image", "image is to be {\"b64\": …} or {\"key\": …}, got nothing");
        }
        String text = body.text() == null ? null : body.text().strip();
        if (text != null && text.isEmpty()) text = null;
        if (text != null) requireFits(text);
        if (body.licence() != null) Refusal.requireShort("licence", body.licence(), MAX_LICENCE);
        if (body.source() != null) Refusal.requireShort("source", body.source(), MAX_SOURCE);
        if (body.id() != null && !ID.matcher(body.id()).matches()) {
            throw Refusal.field(
                    "id",
                    "id is to be 1 to 128 letters, digits or any of . _ : -, starting with a letter or digit, got \"%s\""
                            .formatted(body.id()));
        }
        ObjectRef image = images.take("image", body.image());
        String id = body.id() != null
                ? body.id()
                : "doc-"
                        + ContentKey.sha256(Tenant.own(tenant, image.key() + "\n" + text)
                                        .getBytes(UTF_8))
                                .substring(0, 24);
        return new Document(id, tenant, text, image, body.licence(), body.source());
    }

    private void requireFits(String text) {
        Refusal.requireShort("text", text, MAX_TEXT);
        int length = tokens.applyAsInt(text);
        if (length <= longestText) return;
        throw Refusal.field(
                "text",
                "text is to have at most %d tokens, so that it fits into a prompt, got %d"
                        .formatted(longestText, length));
    }
}
