package dev.cm3leon.trainer;

import dev.cm3leon.objectstore.AccessKeyException;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// An object store whose objects may be damaged, as a real one notices by their digests, or out of reach, and which may
/// take away our key.
final class WatchedStore {
    final MemoryObjectStore kept = new MemoryObjectStore();
    final Set<String> damaged = new HashSet<>(), unreachable = new HashSet<>();
    final List<String> puts = new ArrayList<>();
    int refusals; // of all that is asked next
    int answers = Integer.MAX_VALUE; // until our key is taken away

    ObjectStore store() {
        return (ObjectStore) Proxy.newProxyInstance(
                WatchedStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    String key = String.valueOf(arguments[0]);
                    if (unreachable.contains(key) || refusals-- > 0)
                        throw new UncheckedIOException(new IOException(key + ": no route"));
                    if (answers-- <= 0)
                        throw new AccessKeyException(key + ": InvalidAccessKeyId", new IOException("403"));
                    if (method.getName().equals("get") && damaged.contains(key))
                        throw new IllegalStateException(key + " is not what was written");
                    if (method.getName().equals("put")) {
                        puts.add(key);
                        damaged.remove(key);
                    }
                    try {
                        return method.invoke(kept, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
