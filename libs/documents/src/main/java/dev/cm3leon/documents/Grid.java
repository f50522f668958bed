package dev.cm3leon.documents;

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
