package dev.cm3leon.documents;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// What is to be generated after a prompt: its holes in the order they are filled.
public record Target(List<Slot> slots) {

    public Target {
        slots = List.copyOf(slots);
        if (slots.isEmpty()) throw new IllegalArgumentException("need at least one hole, got none");
    }

    private static final int LONGEST_TEXT = 1_000_000; // above any context

    public enum Kind {
        TEXT,
        IMAGE
    }

    /// One hole.
    ///
    /// @param hole its number in document order, from 0
    /// @param lead ids that are fed before it, not sampled: empty for the first hole
    /// @param cells image: the cell of each code that follows, so exactly `cells.length` of them; text: empty
    /// @param drawn image: those of `cells` that are sampled, the others are fed as given; text: empty
    /// @param given image: its codes, with anything where cells are sampled; text: empty
    /// @param ends text: ids that end it (one of them is sampled); image: empty
    /// @param maxTokens text: the longest text, without its end; image: `cells.length`
    public record Slot(
            Kind kind, int hole, int[] lead, int[] cells, int[] drawn, int[] given, int[] ends, int maxTokens) {

        static Slot text(int hole, int[] lead, int[] ends, int maxTokens) {
            if (maxTokens < 1 || maxTokens > LONGEST_TEXT)
                throw new IllegalArgumentException(
                        "need 1 <= maxTextTokens <= %d, got %d".formatted(LONGEST_TEXT, maxTokens));
            return new Slot(Kind.TEXT, hole, lead, new int[0], new int[0], new int[0], ends, maxTokens);
        }

        static Slot image(int hole, int[] lead, int size) {
            int[] cells = IntStream.range(0, size).toArray();
            return new Slot(Kind.IMAGE, hole, lead, cells, cells, new int[size], new int[0], size);
        }

        static Slot gap(int hole, int[] lead, PromptPart.ImageGap gap) {
            int[] cells = IntStream.range(gap.from(), gap.to()).toArray();
            return new Slot(Kind.IMAGE, hole, lead, cells, gap.cells(), gap.codes(), new int[0], cells.length);
        }

        /// Whether the code of a cell is sampled, and not given.
        public boolean draws(int cell) {
            return Arrays.binarySearch(drawn, cell) >= 0;
        }

        /// Whether an id ends its text.
        public boolean isEnd(int id) {
            for (int end : ends) if (id == end) return true;
            return false;
        }

        /// The most tokens it can take, lead and end included.
        public int tokens() {
            return lead.length + maxTokens + (kind == Kind.TEXT ? 1 : 0);
        }
    }

    public int newTokens() {
        return slots.stream().mapToInt(Slot::tokens).sum();
    }

    /// Takes generated ids apart: what stands in each hole, in document order. Text comes without its end, images
    /// whole.
    public List<PromptPart> fill(int[] generated, Vocabulary vocabulary) {
        record Filled(int hole, PromptPart part) {}
        var filled = new ArrayList<Filled>();
        int at = 0;
        for (Slot slot : slots) {
            at += slot.lead().length;
            if (slot.kind() == Kind.IMAGE) {
                int[] codes = slot.given().clone();
                for (int cell : slot.cells()) {
                    int code = vocabulary.code(at(generated, at++));
                    if (slot.draws(cell)) codes[cell] = code;
                }
                filled.add(new Filled(slot.hole(), new PromptPart.Image(codes)));
            } else {
                int start = at;
                while (at < generated.length && !slot.isEnd(generated[at])) at++;
                filled.add(new Filled(slot.hole(), new PromptPart.Text(Arrays.copyOfRange(generated, start, at))));
                at++;
            }
        }
        return filled.stream()
                .sorted(Comparator.comparingInt(Filled::hole))
                .map(Filled::part)
                .toList();
    }

    private static int at(int[] generated, int i) {
        if (i >= generated.length) {
            throw new IllegalArgumentException(
                    "need more than %d generated ids, got %d".formatted(i, generated.length));
        }
        return generated[i];
    }
}
