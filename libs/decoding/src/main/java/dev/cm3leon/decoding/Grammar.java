package dev.cm3leon.decoding;

import dev.cm3leon.documents.Target;
import dev.cm3leon.documents.Vocabulary;
import java.util.List;

/// Walks one candidate through the holes of a target: an image is exactly its cells' codes, those that are given
/// being fixed, a text is text ids and its end, and what leads from one hole to the next is fixed.
public final class Grammar {
    private final List<Target.Slot> slots;
    private final AllowedIds codes;
    private final Vocabulary vocabulary;
    private int slot;
    private int at; // tokens of this slot so far, its lead included

    public Grammar(Vocabulary vocabulary, Target target) {
        this.vocabulary = vocabulary;
        this.slots = target.slots();
        this.codes = new AllowedIds(vocabulary.image(0), vocabulary.image(0) + vocabulary.imageCodes());
    }

    public boolean done() {
        return slot == slots.size();
    }

    /// What the next token may be.
    public AllowedIds allowed() {
        Target.Slot current = current();
        int lead = current.lead().length;
        if (at < lead) return AllowedIds.only(current.lead()[at]);
        if (current.kind() == Target.Kind.IMAGE) {
            int cell = current.cells()[at - lead];
            return current.draws(cell) ? codes : AllowedIds.only(vocabulary.image(current.given()[cell]));
        }
        if (at - lead == current.maxTokens()) return AllowedIds.only(current.ends()[0]);
        return new AllowedIds(vocabulary.unk() + 1, vocabulary.textSize(), current.ends());
    }

    /// What the next token belongs to.
    public Target.Kind kind() {
        return current().kind();
    }

    /// Cell of the next token, -1 when it is none of an image.
    public int nextCell() {
        if (done()) return -1;
        Target.Slot current = current();
        int code = at - current.lead().length;
        return current.kind() == Target.Kind.IMAGE && code >= 0 ? current.cells()[code] : -1;
    }

    public void accept(int id) {
        if (!allowed().contains(id)) throw new IllegalArgumentException("id %d is not allowed here".formatted(id));
        Target.Slot current = current();
        at++;
        int sampled = at - current.lead().length;
        boolean complete = current.kind() == Target.Kind.IMAGE
                ? sampled == current.cells().length
                : sampled > 0 && current.isEnd(id);
        if (complete) {
            slot++;
            at = 0;
        }
    }

    private Target.Slot current() {
        if (done()) throw new IllegalStateException("all %d holes are filled".formatted(slots.size()));
        return slots.get(slot);
    }
}
