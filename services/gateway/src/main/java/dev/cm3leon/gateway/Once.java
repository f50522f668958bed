package dev.cm3leon.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.Tenant;
import dev.cm3leon.gateway.log.LogReader;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.States;
import dev.cm3leon.objectstore.ContentKey;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What is asked for with an `Idempotency-Key` is one thing, however often and by however many at once it is asked
/// for: its id follows from the key.
public final class Once {

    static final String HEADER = "Idempotency-Key";
    private static final int LOCKS = 64;

    private final Lock[] locks =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toArray(Lock[]::new);

    /// @param key that came with the request; null where none did, and the id is new
    /// @throws Refusal when it is blank: it would be the same for all who send none
    public static String id(@Nullable String key, String tenant) {
        if (key == null) return UUID.randomUUID().toString();
        if (key.isBlank()) throw Refusal.field(HEADER, HEADER + " is to have some text, got none");
        return ContentKey.sha256(Tenant.own(tenant, key).getBytes(UTF_8)).substring(0, 32);
    }

    /// Looks whether something is known already, and publishes it otherwise.
    interface Telling<E extends Exception> {
        void tell() throws E;
    }

    /// Does this while nobody else does it for the same id.
    <E extends Exception> void alone(String id, Telling<E> telling) throws E {
        Lock lock = locks[Math.floorMod(id.hashCode(), LOCKS)];
        lock.lock();
        try {
            telling.tell();
        } finally {
            lock.unlock();
        }
    }

    /// What was asked for with this key before, of whichever gateway; nothing where there is no key.
    ///
    /// @throws Refusal 409 when it was done so long ago that nobody can say whether this asks for the same
    public static <S> Optional<S> before(
            @Nullable String key, String id, LogReader log, States<S> states, String kind) {
        if (key == null) return Optional.empty();
        if (states.hasForgotten(id)) {
            throw Refusal.conflict(
                    "%s %s of this %s was done and is not remembered any more".formatted(kind, id, HEADER));
        }
        return log.find(states, id, GenerationController.OWN_ID);
    }
}
