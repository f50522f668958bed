package dev.cm3leon.documents;

/// Which id means what. Text ids come first (the four specials are among them), then image codes, then the CM3
/// specials.
///
/// @param textSize ids of the BPE, specials included
/// @param imageCodes size of the image codebook
/// @param sentinels how many infill marks there are; `sentinel(i)` stands in gap i and again before the moved span
///     (section 2.2)
public record Vocabulary(int textSize, int imageCodes, int sentinels) {

    private static final int SPECIALS = 4;

    public Vocabulary {
        if (textSize <= SPECIALS) {
            throw new IllegalArgumentException("need textSize > %d, got %d".formatted(SPECIALS, textSize));
        }
        if (imageCodes < 1) throw new IllegalArgumentException("need imageCodes >= 1, got " + imageCodes);
        if (sentinels < 2) throw new IllegalArgumentException("need sentinels >= 2, got " + sentinels);
    }

    public int pad() {
        return 1;
    }

    /// Starts and ends every document (`E`).
    public int eos() {
        return 2;
    }

    public int unk() {
        return 3;
    }

    /// The id of image code `code`.
    public int image(int code) {
        if (code < 0 || code >= imageCodes) {
            throw new IllegalArgumentException("need 0 <= code < %d, got %d".formatted(imageCodes, code));
        }
        return textSize + code;
    }

    /// The image code of an image id.
    public int code(int id) {
        if (!isImage(id)) {
            throw new IllegalArgumentException(
                    "need an image id in [%d, %d), got %d".formatted(textSize, textSize + imageCodes, id));
        }
        return id - textSize;
    }

    /// Between modalities (`B`).
    public int breakId() {
        return textSize + imageCodes;
    }

    /// Closes a moved span.
    public int eoss() {
        return breakId() + 1;
    }

    public int sentinel(int i) {
        if (i < 0 || i >= sentinels) {
            throw new IllegalArgumentException("need 0 <= sentinel < %d, got %d".formatted(sentinels, i));
        }
        return breakId() + 2 + i;
    }

    /// Ordinary text, without the specials.
    public boolean isText(int id) {
        return id >= SPECIALS && id < textSize;
    }

    public boolean isImage(int id) {
        return id >= textSize && id < textSize + imageCodes;
    }

    public boolean isSentinel(int id) {
        return id >= breakId() + 2 && id < breakId() + 2 + sentinels;
    }

    /// Rows of the embedding: rounded up to a multiple of 8; the last few ids mean nothing.
    public int size() {
        return (breakId() + 2 + sentinels + 7) / 8 * 8;
    }
}
