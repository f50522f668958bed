package dev.cm3leon.documents;

import java.util.List;

/// The documents a model is trained on (`E` eos, `B` break, `T` text, `I` image; figure 9 and table 5 of the paper).
public record DocumentLayout(Vocabulary vocabulary, Grid grid) {

    /// `E T B I E`. Also for text answers: instruction and answer are the text.
    public TokenStream standalone(CaptionedImage document) {
        return retrievalAugmented(List.of(), document);
    }

    /// `E T1 B I1 B T2 B I2 B Tq B Iq E`: retrieved documents first, the query last.
    public TokenStream retrievalAugmented(List<CaptionedImage> retrieved, CaptionedImage query) {
        var stream = new TokenStream.Builder().append(vocabulary.eos());
        for (CaptionedImage document : retrieved) appendDocument(stream, document);
        stream.append(query.text()).append(vocabulary.breakId());
        appendImage(stream, query.codes());
        return stream.append(vocabulary.eos()).build();
    }

    /// `E S0 B I E`, or after documents `E T1 B I1 B S0 B I E`: the query's text is withheld, which is what the
    /// unconditional stream of guidance sees (equation 1).
    public TokenStream withheldText(List<CaptionedImage> retrieved, int[] codes) {
        return retrievalAugmented(retrieved, new CaptionedImage(new int[] {vocabulary.sentinel(0)}, codes));
    }

    /// `E T1 B I1 B instruction S0 B I E S0 answer eoss`: a text that is asked for about an image, as infilling.
    ///
    /// @param instruction may be empty
    public TokenStream asked(List<CaptionedImage> retrieved, int[] instruction, int[] codes, int[] answer) {
        return between(retrieved, instruction, new int[0], codes, answer);
    }

    /// `E T1 B I1 B before S0 after B I E S0 answer eoss`: what stands between two texts about an image, asked for.
    ///
    /// @param before may be empty, as `after`
    public TokenStream between(List<CaptionedImage> retrieved, int[] before, int[] after, int[] codes, int[] answer) {
        var stream = new TokenStream.Builder().append(vocabulary.eos());
        for (CaptionedImage document : retrieved) appendDocument(stream, document);
        stream.append(before).append(vocabulary.sentinel(0)).append(after).append(vocabulary.breakId());
        appendImage(stream, codes);
        return stream.append(vocabulary.eos())
                .append(vocabulary.sentinel(0))
                .append(answer)
                .append(vocabulary.eoss())
                .build();
    }

    /// `T B I B`.
    void appendDocument(TokenStream.Builder stream, CaptionedImage document) {
        stream.append(document.text()).append(vocabulary.breakId());
        appendImage(stream, document.codes());
        stream.append(vocabulary.breakId());
    }

    void appendImage(TokenStream.Builder stream, int[] codes) {
        if (codes.length != grid.cells()) {
            throw new IllegalArgumentException("need %d codes, got %d".formatted(grid.cells(), codes.length));
        }
        for (int cell = 0; cell < codes.length; cell++) stream.append(vocabulary.image(codes[cell]), cell);
    }
}
