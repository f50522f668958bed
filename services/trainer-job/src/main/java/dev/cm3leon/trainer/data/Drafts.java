package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.vq.VqModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Lays out what is trained on, whatever the pictures show: the forms that the platform asks in, token for
/// token.
public final class Drafts {
    private static final int GAP = 8; // tokens of a text that are asked for, at most

    private final BytePairEncoding encoding;
    private final Vocabulary vocabulary;
    private final Grid grid;
    private final DocumentLayout layout;
    private final Cm3Masking masking;
    private final int longestCaption;
    private final int longest;

    public static Drafts of(TrainingConfiguration configuration, BytePairEncoding encoding) {
        DocumentLayout layout = configuration.layout(encoding.size());
        return new Drafts(
                encoding,
                layout.grid(),
                configuration.bpe().longestCaption(),
                configuration.transformer().context() + 1,
                configuration.objective().masking(layout.vocabulary()));
    }

    /// @param longest stream that is read, in tokens; one that spans would make longer is not masked
    Drafts(BytePairEncoding encoding, Grid grid, int longestCaption, int longest, Cm3Masking masking) {
        this.encoding = encoding;
        this.vocabulary = masking.vocabulary();
        this.grid = grid;
        this.layout = new DocumentLayout(vocabulary, grid);
        this.masking = masking;
        this.longestCaption = longestCaption;
        this.longest = longest;
    }

    /// What is to become a stream once its pictures are codes.
    ///
    /// @param pictures interleaved RGB
    /// @param tokens of the stream, at most, where no more than four spans are drawn
    public record Draft(List<byte[]> pictures, int tokens, Function<List<int[]>, TokenStream> lay) {}

    /// A captioned picture in front of a query.
    public record Shown(int[] text, byte[] picture) {}

    /// How the query of a drawn picture is told to the model.
    public enum Query {
        SAID,
        /// A sentinel stands for it.
        SENTINEL,
        /// Nothing does, as the unconditional stream of guidance sees it where documents are kept.
        ABSENT,
        /// It is asked for: the picture is given, the text follows at the end.
        ASKED;

        /// As often as the mixture says. A name that no document has is not asked for.
        static Query of(TrainingConfiguration.Mixture mixture, boolean misnamed, RandomGenerator random) {
            double kind = random.nextDouble();
            if ((kind -= mixture.askedCaption()) < 0) return misnamed ? SAID : ASKED;
            if (kind >= mixture.withheldCaption()) return SAID;
            return random.nextBoolean() ? SENTINEL : ABSENT;
        }
    }

    /// Adds drafts while they fit, padded to the longest, and at least one.
    static void fill(List<Draft> drafts, double tokens, Supplier<Draft> next) {
        int longest = 0;
        while (tokens > 0) {
            Draft draft = next.get();
            longest = Math.max(longest, draft.tokens());
            if (!drafts.isEmpty() && longest * (drafts.size() + 1) > tokens) return;
            drafts.add(draft);
        }
    }

    /// Only this share's pictures are made into codes. The other drafts are laid out with blank ones, since
    /// laying out may draw on the randomness that all shares have in common.
    public static List<TokenStream> streams(List<Draft> drafts, WorkerShare share, VqModel vq) {
        byte[][] pictures = share.of(drafts).stream()
                .flatMap(draft -> draft.pictures().stream())
                .toArray(byte[][]::new);
        int[][] codes = pictures.length == 0 ? new int[0][] : vq.codes(pictures);
        int[] blank = new int[vq.configuration().cells()];
        List<TokenStream> streams = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            int count = draft.pictures().size();
            if (share.has(i)) {
                streams.add(draft.lay().apply(List.of(codes).subList(at, at + count)));
                at += count;
            } else draft.lay().apply(Collections.nCopies(count, blank));
        }
        return streams;
    }

    /// The ids of a caption; drawn again until it is short enough.
    public int[] text(Supplier<String> caption) {
        return encoding.encode(fitting(caption));
    }

    /// A caption that is short enough.
    String fitting(Supplier<String> caption) {
        for (int attempt = 0; attempt < 1000; attempt++) {
            String text = caption.get().stripTrailing();
            if (encoding.encode(text).length <= longestCaption) return text;
        }
        throw new IllegalStateException("no caption has at most bpe.longest_caption = " + longestCaption
                + " tokens with bpe.vocabulary = " + encoding.size());
    }

    public Shown shown(Supplier<String> caption, byte[] picture) {
        return new Shown(text(caption), picture);
    }

    /// `E T B I E`.
    Draft drawn(int[] text, byte[] picture) {
        return draft(List.of(picture), text.length, codes -> layout.standalone(pair(text, codes)));
    }

    /// `E S0 B I E`: a picture without a caption.
    Draft uncaptioned(byte[] picture) {
        return draft(List.of(picture), 1, codes -> layout.withheldText(List.of(), codes.getFirst()));
    }

    /// Infilling of texts and of regions of pictures: random CM3 spans of `E T B I E`, or, half of the time,
    /// a stretch of the text alone, in the form the platform asks in.
    Draft spans(int[] text, byte[] picture, RandomGenerator random) {
        if (random.nextBoolean()) {
            int from = random.nextInt(text.length), to = from + 1 + random.nextInt(Math.min(GAP, text.length - from));
            int[] before = Arrays.copyOf(text, from), asked = Arrays.copyOfRange(text, from, to);
            int[] after = Arrays.copyOfRange(text, to, text.length);
            return draft(
                    List.of(picture),
                    text.length + 4,
                    codes -> layout.between(List.of(), before, after, codes.getFirst(), asked));
        }
        return draft(
                List.of(picture),
                text.length + 12,
                codes -> masking.maskWhole(layout.standalone(pair(text, codes)), longest, random));
    }

    /// `E instruction S0 B I E S0 answer eoss`: captioning and questions as infilling.
    public Draft answered(String instruction, String answer, byte[] picture) {
        return asked(List.of(), encoding.encode(instruction), encoding.encode(answer), picture);
    }

    /// `E instruction B I B I E`: a picture changed as told.
    Draft edited(String instruction, byte[] before, byte[] after) {
        int[] text = encoding.encode(instruction);
        return draft(List.of(before, after), text.length, codes -> {
            TokenStream source = layout.standalone(new CaptionedImage(text, codes.getFirst())); // E T B I E
            TokenStream result = layout.standalone(new CaptionedImage(new int[0], codes.getLast())); // E B I E
            return source.slice(0, source.length() - 1).then(result.slice(1, result.length()));
        });
    }

    /// An example of a task of fine-tuning: half of those that ask for a text in the form the platform asks in,
    /// the rest with random CM3 spans, as all training.
    Draft masked(FineTuningTask task, Example example, RandomGenerator random) {
        if (!example.asked().isEmpty() && random.nextBoolean()) return unmasked(task, example);
        return draft(task, example, codes -> masking.maskWhole(tokens(task, example, codes), longest, random));
    }

    /// An example that ends with what it asks for.
    Draft unmasked(FineTuningTask task, Example example) {
        if (example.asked().isEmpty()) return draft(task, example, codes -> tokens(task, example, codes));
        return draft(
                task,
                example,
                codes -> task.asked(
                        example.wording(),
                        example.asked(),
                        example.texts(),
                        codes.getFirst(),
                        layout,
                        encoding::encode));
    }

    private Draft draft(FineTuningTask task, Example example, Function<List<int[]>, TokenStream> lay) {
        int words = encoding.encode(task.render(example.wording(), example.texts())).length;
        return draft(List.copyOf(example.pictures().values()), words + 12, lay);
    }

    private TokenStream tokens(FineTuningTask task, Example example, List<int[]> codes) {
        var images = new HashMap<String, int[]>();
        for (String name : example.pictures().keySet()) images.put(name, codes.get(images.size()));
        return task.tokens(example.wording(), example.texts(), images, layout, encoding::encode);
    }

    /// `E T1 B I1 B ... Tq B Iq E`, the query told in one of the ways.
    public Draft retrieved(List<Shown> documents, int[] query, byte[] picture, Query told) {
        if (told == Query.ASKED) return asked(documents, new int[0], query, picture);
        return draft(pictures(documents, picture), query.length + texts(documents), codes -> {
            List<CaptionedImage> images = images(documents, codes);
            int[] drawn = codes.getLast();
            return switch (told) {
                case SENTINEL -> layout.withheldText(images, drawn);
                case ABSENT -> withoutSentinel(layout.withheldText(images, drawn));
                case SAID, ASKED -> layout.retrievalAugmented(images, new CaptionedImage(query, drawn));
            };
        });
    }

    private Draft asked(List<Shown> documents, int[] instruction, int[] answer, byte[] picture) {
        int tokens = texts(documents) + instruction.length + answer.length + 3;
        return draft(
                pictures(documents, picture),
                tokens,
                codes -> layout.asked(images(documents, codes), instruction, codes.getLast(), answer));
    }

    /// `... B S0 B I E` to `... B I E`.
    private TokenStream withoutSentinel(TokenStream stream) {
        int at = indexOf(stream, vocabulary.sentinel(0));
        return stream.slice(0, at).then(stream.slice(at + 2, stream.length()));
    }

    private static int indexOf(TokenStream stream, int id) {
        int at = 0;
        while (stream.ids()[at] != id) at++;
        return at;
    }

    private Draft draft(List<byte[]> pictures, int text, Function<List<int[]>, TokenStream> lay) {
        return new Draft(pictures, text + pictures.size() * (grid.cells() + 2) + 1, lay);
    }

    private static CaptionedImage pair(int[] text, List<int[]> codes) {
        return new CaptionedImage(text, codes.getFirst());
    }

    private static List<byte[]> pictures(List<Shown> documents, byte[] last) {
        List<byte[]> pictures = new ArrayList<>();
        documents.forEach(document -> pictures.add(document.picture));
        pictures.add(last);
        return pictures;
    }

    private static List<CaptionedImage> images(List<Shown> documents, List<int[]> codes) {
        List<CaptionedImage> images = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) images.add(new CaptionedImage(documents.get(i).text, codes.get(i)));
        return images;
    }

    private static int texts(List<Shown> documents) {
        return documents.stream().mapToInt(document -> document.text.length).sum();
    }
}
