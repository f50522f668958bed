package dev.cm3leon.decoding;

/// What may be sampled at a position: the ids from (inclusive) to (exclusive), and some others.
public record AllowedIds(int from, int to, int... others) {

    public static AllowedIds only(int id) {
        return new AllowedIds(id, id + 1);
    }

    public int size() {
        return to - from + others.length;
    }

    /// The i-th allowed id.
    public int id(int i) {
        return i < to - from ? from + i : others[i - (to - from)];
    }

    public boolean contains(int id) {
        if (id >= from && id < to) return true;
        for (int other : others) if (other == id) return true;
        return false;
    }

    /// Copies the logits of the allowed ids, in the order of [#id].
    public void gather(float[] logits, float[] allowed) {
        System.arraycopy(logits, from, allowed, 0, to - from);
        for (int i = 0; i < others.length; i++) allowed[to - from + i] = logits[others[i]];
    }
}
