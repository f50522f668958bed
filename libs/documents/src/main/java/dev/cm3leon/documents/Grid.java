package dev.cm3leon.documents;

import java.util.stream.IntStream;

/// The raster of image codes: `side` x `side` cells, row-major.
///
/// Row and column of the *next* token's cell are inputs of the model; 0 says that the next token is no image cell.
public record Grid(int side) {

    public Grid {
        if (side < 1) throw new IllegalArgumentException("need side >= 1, got " + side);
    }

    public int cells() {
        return side * side;
    }

    /// Cells of which at least half lies in a rectangle.
    ///
    /// @param x left, in parts of the side, as are the others
    /// @throws IllegalArgumentException when there is none
    public int[] cellsIn(double x, double y, double width, double height) {
        int[] cells = IntStream.range(0, cells())
                .filter(cell -> overlap(cell % side, x, width) * overlap(cell / side, y, height) >= 0.5 - 1e-9)
                .toArray();
        if (cells.length == 0) {
            throw new IllegalArgumentException(
                    "need a rectangle that holds half of a cell, 1/%d of the side, got %s x %s at %s, %s"
                            .formatted(side, width, height, x, y));
        }
        return cells;
    }

    /// Which part of cell number `cell` along an axis lies in an interval.
    private double overlap(int cell, double from, double length) {
        return Math.max(0, Math.min(cell + 1, (from + length) * side) - Math.max(cell, from * side));
    }

    /// 1 + row of the cell, or 0 for no cell.
    public int row(int cell) {
        return cell < 0 ? 0 : 1 + cell / side;
    }

    /// 1 + column of the cell, or 0 for no cell.
    public int column(int cell) {
        return cell < 0 ? 0 : 1 + cell % side;
    }

    /// For every position of the stream, [#row] of the token after it.
    ///
    /// @param after cell of the token that will follow the stream, -1 for none
    public int[] nextRows(TokenStream stream, int after) {
        int[] next = stream.nextCells(after);
        for (int i = 0; i < next.length; i++) next[i] = row(next[i]);
        return next;
    }

    /// For every position of the stream, [#column] of the token after it.
    public int[] nextColumns(TokenStream stream, int after) {
        int[] next = stream.nextCells(after);
        for (int i = 0; i < next.length; i++) next[i] = column(next[i]);
        return next;
    }
}
