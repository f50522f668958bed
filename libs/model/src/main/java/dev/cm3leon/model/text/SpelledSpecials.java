package dev.cm3leon.model.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/// Text that spells a special token is text: it is cut behind the first character of what spells one, so that
/// no piece spells any.
public final class SpelledSpecials {
    private SpelledSpecials() {}

    /// The pieces of a text in order, none of them empty.
    ///
    /// @param specials names of special tokens, e.g. `</s>`
    public static List<String> cut(String text, Collection<String> specials) {
        var cuts = new BitSet(text.length() + 1);
        for (String special : specials) {
            if (special.isEmpty()) continue;
            for (int at = text.indexOf(special); at >= 0; at = text.indexOf(special, at + 1))
                cuts.set(text.offsetByCodePoints(at, 1));
        }
        cuts.set(text.length());
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int end = cuts.nextSetBit(1); end > 0; end = cuts.nextSetBit(end + 1)) {
            pieces.add(text.substring(from, end));
            from = end;
        }
        return pieces;
    }
}
