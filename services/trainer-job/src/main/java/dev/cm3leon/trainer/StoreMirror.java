package dev.cm3leon.trainer;

import dev.cm3leon.objectstore.AccessKeyException;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.trainer.torch.Mirror;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// The files of a run in the object store, under `runs/{run}/`. A store that cannot be reached is asked again for a
/// while: a training run does not end because a server is restarted. Nor does it because the store's key is changed:
/// who takes this one's place gets the new one.
final class StoreMirror implements Mirror {
    static final List<Long> PATIENT = List.of(500L, 1000L, 2000L, 4000L, 8000L, 15_000L, 30_000L, 60_000L);

    private final ObjectStore store;
    private final String prefix;
    private final List<Long> waits;
    private volatile boolean answered; // so the key was good

    /// @param waits milliseconds between one try and the next
    StoreMirror(ObjectStore store, String prefix, List<Long> waits) {
        this.store = store;
        this.prefix = prefix;
        this.waits = waits;
    }

    StoreMirror(ObjectStore store, String run) {
        this(store, "runs/" + run + "/", PATIENT);
    }

    StoreMirror waiting(List<Long> other) {
        return new StoreMirror(store, prefix, other);
    }

    @Override
    public void put(String path, Path file) {
        put(prefix + path, file, "application/octet-stream");
    }

    /// The same under a key that is not of this run alone.
    void put(String key, Path file, String mediaType) {
        again(() -> {
            store.put(key, file, mediaType);
            return key;
        });
    }

    @Override
    public boolean get(String path, Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return again(() -> {
            try {
                return store.get(prefix + path, file);
            } catch (AccessKeyException e) {
                throw e;
            } catch (IllegalStateException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        });
    }

    @Override
    public List<String> list(String folder) {
        return again(() -> store.keys(prefix + folder + "/").stream()
                .map(key -> key.substring(prefix.length()))
                .toList());
    }

    @Override
    public void delete(String path) {
        again(() -> {
            store.delete(prefix + path);
            return path;
        });
    }

    private <T> T again(Supplier<T> request) {
        for (long wait : waits) {
            try {
                return ask(request);
            } catch (UncheckedIOException e) {
                System.err.println("trainer-job: " + e.getMessage() + "; again in " + wait + " ms");
                try {
                    Thread.sleep(wait);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new UnreachableException(e);
                }
            }
        }
        try {
            return ask(request);
        } catch (UncheckedIOException e) {
            throw new UnreachableException(e);
        }
    }

    private <T> T ask(Supplier<T> request) {
        try {
            T answer = request.get();
            answered = true;
            return answer;
        } catch (AccessKeyException e) {
            if (answered) throw new UnreachableException(e);
            throw e;
        }
    }
}
