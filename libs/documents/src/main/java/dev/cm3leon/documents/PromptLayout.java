package dev.cm3leon.documents;

import dev.cm3leon.documents.PromptPart.Image;
import dev.cm3leon.documents.PromptPart.ImageGap;
import dev.cm3leon.documents.PromptPart.ImageHole;
import dev.cm3leon.documents.PromptPart.Text;
import dev.cm3leon.documents.PromptPart.TextHole;
import dev.cm3leon.documents.PromptPart.Withheld;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Lays out what a model is asked to complete (sections 2.2 and 3.1 of the paper).
///
/// A hole at the end is continued: `E text B` and then exactly one image's codes. Any other hole is infilled: its
/// sentinel stands in the gap, the document is closed with `E`, and the sentinel again asks for the span: `E
/// "Describe the given picture. " S0 B I E S0`, then text up to eoss. With several holes the continued one comes
/// first, then the others in order.
///
/// The unconditional stream (equation 1) has the same holes. For an image hole at the end it is `E S0 B`, or just
/// the documents where they are kept. For any other hole, given parts of the other modality (for a caption: the
/// image) become sentinels, numbered after those of the holes; where there are none, the given parts are left out.
///
/// Some cells of an image are drawn as one span from the first of them to the last; the cells between that stay are
/// fed, not drawn, so whatever shape the cells have it is one span that the model is asked for.
///
/// @param context the most tokens a stream can have, those to be generated included
/// @param condition what the unconditional stream is without (the paper's scripts keep documents, and drop them)
public record PromptLayout(Vocabulary vocabulary, Grid grid, int context, Condition condition) {

    /// Room that a prompt leaves for the text of each document, in tokens.
    public static final int DOCUMENT_TEXT = 40;

    public static PromptLayout of(Vocabulary vocabulary, Grid grid, int context) {
        return new PromptLayout(vocabulary, grid, context, Condition.PROMPT);
    }

    public PromptLayout withCondition(Condition condition) {
        return new PromptLayout(vocabulary, grid, context, condition);
    }

    /// Text as it is to be encoded: right-stripped, unless a text hole follows it directly (`Answer: ` keeps its
    /// space).
    public static String textBefore(String text, boolean holeFollows) {
        return holeFollows ? text : text.stripTrailing();
    }

    /// A document whose text takes no more room than a prompt leaves for it.
    public static CaptionedImage shortened(CaptionedImage document) {
        int[] text = document.text();
        return text.length <= DOCUMENT_TEXT
                ? document
                : new CaptionedImage(Arrays.copyOf(text, DOCUMENT_TEXT), document.codes());
    }

    /// The longest text of a document of the memory bank, in tokens: the context without the document's
    /// image, the image that is drawn, a prompt as long as an image, and 8 marks. Where a context is too
    /// small for that prompt, at most `DOCUMENT_TEXT`.
    public int longestDocument() {
        int besideImages = context - 2 * grid.cells() - 8;
        return Math.max(besideImages - grid.cells(), Math.clamp(besideImages, 0, DOCUMENT_TEXT));
    }

    /// The usual prompt: draw an image for a text.
    public Prompt textToImage(List<CaptionedImage> documents, int[] text) {
        return lay(documents, List.of(new Text(text), new ImageHole()), 1);
    }

    /// @param documents retrieved, put in front
    /// @param asked parts with at least one hole; a text without ids is as good as none
    /// @param maxTextTokens the longest text that a text hole is filled with
    /// @throws ContextOverflowException when prompt and new tokens exceed the context
    public Prompt lay(List<CaptionedImage> documents, List<PromptPart> asked, int maxTextTokens) {
        List<PromptPart> parts = withoutBlanks(asked);
        Target target = new Target(slots(parts, maxTextTokens));
        TokenStream conditional = stream(documents, givenOrWithheld(documents, parts), isContinued(parts.getLast()));
        TokenStream unconditional = unconditional(documents, parts);
        int length = Math.max(conditional.length(), unconditional.length());
        if (length + target.newTokens() > context) {
            throw new ContextOverflowException(length, target.newTokens(), context);
        }
        return new Prompt(conditional, unconditional, null, target, target.newTokens());
    }

    /// As [#lay], with the middle stream of editing: three streams (section 4.1).
    ///
    /// @throws IllegalArgumentException when no text or no whole image is given
    public Prompt layEdit(List<CaptionedImage> documents, List<PromptPart> parts, int maxTextTokens) {
        if (parts.stream().noneMatch(Image.class::isInstance)) {
            throw new IllegalArgumentException("need a given image for three streams, got none");
        }
        Prompt prompt = lay(documents, parts, maxTextTokens);
        return new Prompt(
                prompt.conditional(),
                prompt.unconditional(),
                imageOnly(documents, parts),
                prompt.target(),
                prompt.newTokens());
    }

    /// The prompt without its last text, `E q1 B I B`.
    TokenStream imageOnly(List<CaptionedImage> documents, List<PromptPart> asked) {
        List<PromptPart> parts = withoutBlanks(asked);
        int last = IntStream.range(0, parts.size())
                .filter(i -> parts.get(i) instanceof Text)
                .max()
                .orElseThrow(() -> new IllegalArgumentException("need a text to leave out, got none"));
        var without = new ArrayList<>(parts);
        without.remove(last);
        return stream(documents, without, isContinued(parts.getLast()));
    }

    private List<Target.Slot> slots(List<PromptPart> parts, int maxTextTokens) {
        int holes = (int) parts.stream().filter(PromptLayout::isHole).count();
        if (holes == 0)
            throw new IllegalArgumentException("need at least one hole in %d parts".formatted(parts.size()));
        if (holes > vocabulary.sentinels()) {
            throw new IllegalArgumentException(
                    "need at most %d holes, got %d".formatted(vocabulary.sentinels(), holes));
        }
        boolean continued = isContinued(parts.getLast());
        var slots = new ArrayList<Target.Slot>();
        if (continued) {
            // a text that other holes follow must end the document; alone it may also end its segment
            int[] ends = holes > 1 ? ids(vocabulary.eos()) : ids(vocabulary.eos(), vocabulary.breakId());
            slots.add(slot(parts.getLast(), holes - 1, new int[0], ends, maxTextTokens));
        }
        int hole = 0;
        for (PromptPart part : continued ? parts.subList(0, parts.size() - 1) : parts) {
            if (!isHole(part)) continue;
            slots.add(slot(part, hole, lead(slots, hole, continued), ids(vocabulary.eoss()), maxTextTokens));
            hole++;
        }
        return slots;
    }

    private Target.Slot slot(PromptPart part, int hole, int[] lead, int[] ends, int maxTextTokens) {
        return switch (part) {
            case ImageHole() -> Target.Slot.image(hole, lead, grid.cells());
            case ImageGap gap -> Target.Slot.gap(hole, lead, gap);
            case TextHole() -> Target.Slot.text(hole, lead, ends, maxTextTokens);
            case Text _, Image _, Withheld _ -> throw new IllegalArgumentException("not a hole: " + part);
        };
    }

    /// What is fed between one hole and the next: the end of an image (texts sample theirs), and the next sentinel.
    private int[] lead(List<Target.Slot> before, int hole, boolean continued) {
        if (before.isEmpty()) return new int[0]; // the prompt already ends with this sentinel
        var lead = new TokenStream.Builder();
        boolean afterImage = before.getLast().kind() == Target.Kind.IMAGE;
        if (before.size() == 1 && continued) {
            if (afterImage) lead.append(vocabulary.eos());
        } else if (afterImage) {
            lead.append(vocabulary.eoss());
        }
        return lead.append(vocabulary.sentinel(hole)).build().ids();
    }

    private static List<PromptPart> withoutBlanks(List<PromptPart> parts) {
        return parts.stream()
                .filter(part -> !(part instanceof Text(int[] ids)) || ids.length > 0)
                .toList();
    }

    /// A lone image hole has no condition at all: it is asked for as the unconditional stream asks.
    private static List<PromptPart> givenOrWithheld(List<CaptionedImage> documents, List<PromptPart> parts) {
        boolean nothingGiven = documents.isEmpty() && parts.size() == 1 && parts.getFirst() instanceof ImageHole;
        return nothingGiven ? List.of(new Withheld(Target.Kind.TEXT), new ImageHole()) : parts;
    }

    private TokenStream unconditional(List<CaptionedImage> documents, List<PromptPart> parts) {
        List<CaptionedImage> kept = condition == Condition.PROMPT ? documents : List.of();
        boolean continued = isContinued(parts.getLast());
        boolean drawsAtTheEnd = parts.getLast() instanceof ImageHole
                && parts.stream().filter(PromptLayout::isHole).count() == 1;
        if (drawsAtTheEnd) {
            return kept.isEmpty()
                    ? stream(kept, List.of(new Withheld(Target.Kind.TEXT), new ImageHole()), continued)
                    : stream(kept, List.of(new ImageHole()), continued);
        }
        boolean wantsText =
                parts.stream().filter(PromptLayout::isHole).findFirst().orElseThrow() instanceof TextHole;
        boolean othersGiven = parts.stream().anyMatch(part -> wantsText ? part instanceof Image : part instanceof Text);
        var without = new ArrayList<PromptPart>();
        for (int p = 0; p < parts.size(); p++) {
            PromptPart part = parts.get(p);
            boolean sameText = p > 0 && isText(part) && isText(parts.get(p - 1));
            switch (part) {
                case Text _ -> {
                    if (othersGiven && wantsText) without.add(part);
                    if (othersGiven && !wantsText && !sameText) without.add(new Withheld(Target.Kind.TEXT));
                }
                case Image _ -> {
                    if (othersGiven) without.add(wantsText ? new Withheld(Target.Kind.IMAGE) : part);
                }
                case Withheld _, ImageGap _, TextHole _, ImageHole _ -> without.add(part);
            }
        }
        return stream(kept, without, continued);
    }

    /// `E`, the documents, the parts, and for the first infilled hole `E S`.
    ///
    /// @param continued whether what is asked for ends with a hole; with parts left out an infilled one may be the
    ///     last part too
    private TokenStream stream(List<CaptionedImage> documents, List<PromptPart> parts, boolean continued) {
        var layout = new DocumentLayout(vocabulary, grid);
        var stream = new TokenStream.Builder().append(vocabulary.eos());
        for (CaptionedImage document : documents) layout.appendDocument(stream, document);

        int holes = (int) parts.stream().filter(PromptLayout::isHole).count();
        int hole = 0;
        int withheld = continued ? holes - 1 : holes;
        int marks = withheld
                + (int) parts.stream().filter(Withheld.class::isInstance).count();
        if (marks > vocabulary.sentinels()) {
            throw new IllegalArgumentException(
                    "need at most %d holes and parts that the unconditional stream withholds, got %d"
                            .formatted(vocabulary.sentinels(), marks));
        }
        for (int p = 0; p < parts.size(); p++) {
            if (p > 0 && !(isText(parts.get(p - 1)) && isText(parts.get(p)))) stream.append(vocabulary.breakId());
            if (continued && p == parts.size() - 1) continue;
            switch (parts.get(p)) {
                case Text(int[] ids) -> stream.append(ids);
                case Image(int[] codes) -> layout.appendImage(stream, codes);
                case ImageGap gap -> {
                    var whole = new TokenStream.Builder();
                    layout.appendImage(whole, gap.codes());
                    TokenStream image = whole.build();
                    stream.append(image, 0, gap.from())
                            .append(vocabulary.sentinel(hole++))
                            .append(image, gap.to(), image.length());
                }
                case TextHole(), ImageHole() -> stream.append(vocabulary.sentinel(hole++));
                case Withheld _ -> stream.append(vocabulary.sentinel(withheld++));
            }
        }
        if (!continued) stream.append(vocabulary.eos()).append(vocabulary.sentinel(0));
        return stream.build();
    }

    private static boolean isHole(PromptPart part) {
        return part instanceof TextHole || part instanceof ImageHole || part instanceof ImageGap;
    }

    private static boolean isContinued(PromptPart last) {
        return last instanceof TextHole || last instanceof ImageHole;
    }

    private static boolean isText(PromptPart part) {
        return part instanceof Text
                || part instanceof TextHole
                || part instanceof Withheld(Target.Kind kind) && kind == Target.Kind.TEXT;
    }

    private static int[] ids(int... ids) {
        return ids;
    }
}
