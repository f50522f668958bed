package dev.cm3leon.generator;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The jobs that somebody cancelled lately, here or elsewhere: a cancel may come before its job does.
final class CancelledJobs {

    private static final int REMEMBERED = 100_000;

    private final Set<String> generations =
            Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > REMEMBERED;
                }
            }));

    void add(String generation) {
        generations.add(generation);
    }

    boolean contains(String generation) {
        return generations.contains(generation);
    }
}
