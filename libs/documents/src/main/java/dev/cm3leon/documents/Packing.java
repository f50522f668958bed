package dev.cm3leon.documents;

import java.util.Iterator;
import java.util.NoSuchElementException;

/// Cuts one endless stream of documents into blocks of equal length; documents may be split, and what does not fill
/// the last block is left out. A training step reads `block[0, length - 1)` and predicts `block[1, length)`, so
/// blocks are one token longer than the context they train.
public final class Packing implements Iterator<TokenStream> {
    private final Iterator<TokenStream> documents;
    private final int length;
    private TokenStream rest = TokenStream.EMPTY;

    /// @param length of a block: context + 1
    public Packing(Iterator<TokenStream> documents, int length) {
        if (length < 2) throw new IllegalArgumentException("need length >= 2, got " + length);
        this.documents = documents;
        this.length = length;
    }

    @Override
    public boolean hasNext() {
        if (rest.length() >= length) return true;
        var stream = new TokenStream.Builder().append(rest);
        while (stream.length() < length && documents.hasNext()) stream.append(documents.next());
        rest = stream.build();
        return rest.length() >= length;
    }

    @Override
    public TokenStream next() {
        if (!hasNext()) throw new NoSuchElementException("no full block of %d tokens is left".formatted(length));
        TokenStream block = rest.slice(0, length);
        rest = rest.slice(length, rest.length());
        return block;
    }
}
