package dev.cm3leon.vectorindex;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Remembers which index is searched, for servers that cannot: all processes of a platform see the same one.
public interface Pointer {

    Optional<String> get();

    /// Moves it, only if it is still where the caller believes it to be.
    ///
    /// @param expected where it is, or null for nowhere yet
    /// @return whether it was moved
    boolean move(@Nullable String expected, String next);

    /// A pointer of this process.
    static Pointer inMemory() {
        AtomicReference<Optional<String>> value = new AtomicReference<>(Optional.empty());
        return new Pointer() {
            @Override
            public Optional<String> get() {
                return value.get();
            }

            @Override
            public boolean move(@Nullable String expected, String next) {
                Optional<String> now = value.get();
                return now.equals(Optional.ofNullable(expected)) && value.compareAndSet(now, Optional.of(next));
            }
        };
    }
}
