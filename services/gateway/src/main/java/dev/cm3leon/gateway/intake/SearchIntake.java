package dev.cm3leon.gateway.intake;

import dev.cm3leon.events.DocumentFilter;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.events.Tenant;
import dev.cm3leon.gateway.problem.Refusal;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The door of searches, which is the same for all models.
public final class SearchIntake {

    private static final int FOUND = 5;
    private static final int MAX_FOUND = 50;

    private final ImageIntake images;
    private final String tenant;
    private final InstantSource clock;

    public SearchIntake(ImageIntake images, String tenant, InstantSource clock) {
        this.images = images;
        this.tenant = tenant;
        this.clock = clock;
    }

    /// What is asked, its image in the store.
    public SearchRequested question(NewSearch body) {
        String text = Objects.requireNonNullElse(body.text(), "").strip();
        if (text.isEmpty() && body.image() == null) {
            throw Refusal.field("text", "text is to have some text, or image an image, got neither");
        }
        Refusal.requireShort("text", text, DocumentIntake.MAX_TEXT);
        int k = Objects.requireNonNullElse(body.k(), FOUND);
        if (k < 1 || k > MAX_FOUND) {
            throw Refusal.field("k", "k is to be from 1 to %d, got %d".formatted(MAX_FOUND, k));
        }
        var filter = new DocumentFilter(
                modalities(body.modalities()),
                GenerationIntake.texts("licences", body.licences()),
                GenerationIntake.texts("exclude", body.exclude()));
        ObjectRef image = body.image() == null ? null : images.take("image", body.image());
        String id = UUID.randomUUID().toString();
        return new SearchRequested(id, Tenant.seenBy(tenant), text, image, k, filter, clock.instant());
    }

    private static List<Modality> modalities(@Nullable List<Modality> given) {
        if (given == null) return List.of();
        if (given.stream().anyMatch(Objects::isNull)) {
            throw Refusal.field("modalities", "modalities is to have text or image, got null");
        }
        return given;
    }
}
