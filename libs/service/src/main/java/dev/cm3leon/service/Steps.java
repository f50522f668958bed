package dev.cm3leon.service;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.objectstore.LocalFileException;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.messaging.Message;

/// Steps that somebody waits for: each ends with an event. What may go better later is thrown, and tried again while
/// somebody waits; everything else would fail the same way every time, and is told.
public final class Steps {

    private static final Logger log = LoggerFactory.getLogger(Steps.class);

    /// Of an event that is too large: it holds the texts of all candidates, and the documents that were found.
    private static final String ASK_FOR_LESS = ": ask for fewer candidates, a lower max_text_tokens or fewer documents";

    private final EventMessages messages;
    private final InstantSource clock;

    Steps(EventMessages messages, InstantSource clock) {
        this.messages = messages;
        this.clock = clock;
    }

    /// One step of a job. Past the job's deadline it waits for nothing, but is done where it can be: it may be one that
    /// was done before, and comes again. The generator refuses what is late and not drawn. What cannot be kept
    /// on this machine ends the job: those of other models are not to wait behind it.
    ///
    /// @param model that is to do it, or null
    /// @return what the step tells, or [GenerationFailed]
    public Message<byte[]> of(
            GenerationRequest request, String step, @Nullable String model, Supplier<? extends Event> work) {
        Function<String, Event> failed = reason -> new GenerationFailed(request.generation(), step, reason, model);
        return of(work, failed, ASK_FOR_LESS, () -> request.isLate(clock.instant()));
    }

    /// @param failed the event that tells the reason
    public Message<byte[]> of(Supplier<? extends Event> work, Function<String, ? extends Event> failed) {
        return of(work, failed, "", () -> false);
    }

    private Message<byte[]> of(
            Supplier<? extends Event> work,
            Function<String, ? extends Event> failed,
            String whenTooLarge,
            BooleanSupplier late) {
        try {
            return messages.of(work.get());
        } catch (RuntimeException | Error e) {
            boolean mayHelp = !(e instanceof LocalFileException) && ServiceConfiguration.mayHelp(e);
            if (mayHelp && !late.getAsBoolean()) throw e;
            String reason = Objects.toString(e.getMessage(), e.getClass().getSimpleName());
            if (mayHelp) reason = "the deadline passed while waiting: " + reason;
            Event end = failed.apply(e instanceof EventMessages.TooLargeException ? reason + whenTooLarge : reason);
            log.atWarn().setCause(e).log("{} of {}", end.type(), end.subject());
            return messages.of(end);
        }
    }
}
