package dev.cm3leon.documents;

import java.util.Arrays;

/// Ids, and for each the raster index of its image cell (-1 for anything else). The arrays are not copied: do not
/// write to them.
public record TokenStream(int[] ids, int[] cells) {

    public static final TokenStream EMPTY = new TokenStream(new int[0], new int[0]);

    public TokenStream {
        if (ids.length != cells.length) {
            throw new IllegalArgumentException(
                    "need as many cells as ids, got %d and %d".formatted(cells.length, ids.length));
        }
    }

    public int length() {
        return ids.length;
    }

    /// Tokens from (inclusive) to (exclusive).
    public TokenStream slice(int from, int to) {
        return new TokenStream(Arrays.copyOfRange(ids, from, to), Arrays.copyOfRange(cells, from, to));
    }

    public TokenStream then(TokenStream next) {
        return new Builder().append(this).append(next).build();
    }

    /// For every position, the cell of the token after it.
    ///
    /// @param after cell of the token that will follow the stream, -1 for none
    public int[] nextCells(int after) {
        int[] next = new int[cells.length];
        for (int i = 0; i < next.length; i++) next[i] = i + 1 < cells.length ? cells[i + 1] : after;
        return next;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenStream(int[] otherIds, int[] otherCells)
                && Arrays.equals(ids, otherIds)
                && Arrays.equals(cells, otherCells);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + Arrays.hashCode(cells);
    }

    @Override
    public String toString() {
        return Arrays.toString(ids);
    }

    /// Writes a stream from left to right.
    public static final class Builder {
        private int[] ids = new int[128];
        private int[] cells = new int[128];
        private int length;

        /// A token that is no image cell.
        public Builder append(int id) {
            return append(id, -1);
        }

        public Builder append(int id, int cell) {
            if (length == ids.length) {
                ids = Arrays.copyOf(ids, 2 * length);
                cells = Arrays.copyOf(cells, 2 * length);
            }
            ids[length] = id;
            cells[length++] = cell;
            return this;
        }

        /// Tokens that are no image cells.
        public Builder append(int[] text) {
            for (int id : text) append(id, -1);
            return this;
        }

        public Builder append(TokenStream stream) {
            return append(stream, 0, stream.length());
        }

        public Builder append(TokenStream stream, int from, int to) {
            for (int i = from; i < to; i++) append(stream.ids[i], stream.cells[i]);
            return this;
        }

        public int length() {
            return length;
        }

        public TokenStream build() {
            return new TokenStream(Arrays.copyOf(ids, length), Arrays.copyOf(cells, length));
        }
    }
}
