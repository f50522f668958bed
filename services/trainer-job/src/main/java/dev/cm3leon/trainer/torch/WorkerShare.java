package dev.cm3leon.trainer.torch;

import java.util.ArrayList;
import java.util.List;

/// Which part of a whole is this worker's: every `count`-th thing, from the `index`-th on.
public record WorkerShare(int index, int count) {
    public static final WorkerShare WHOLE = new WorkerShare(0, 1);

    public WorkerShare {
        if (index < 0 || index >= count)
            throw new IllegalArgumentException("need 0 <= index < count, got " + index + " and " + count);
    }

    public boolean has(long i) {
        return i % count == index;
    }

    public <T> List<T> of(List<T> all) {
        List<T> mine = new ArrayList<>();
        for (int i = index; i < all.size(); i += count) mine.add(all.get(i));
        return mine;
    }
}
