package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.corpora.Preparation;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.data.CorpusTwins;
import dev.cm3leon.trainer.data.Parts;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.vq.Patches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/// Different pictures that tokenizers did not learn from, and cells of pictures of the same kind that they may
/// have learned from.
///
/// @param name of the sheet
/// @param split see [EvaluationSpecification#split]
/// @param pictures interleaved RGB
/// @param learned cells of pictures of training
/// @param skipped how many records there were besides that cannot be read
record HeldOut(String name, String title, String split, List<byte[]> pictures, Patches learned, int skipped) {
    private static final int LEARNED = 6; // drawn ones of training for each held-out one

    HeldOut {
        pictures = List.copyOf(pictures);
    }

    private HeldOut(String name, String title, String split, List<byte[]> pictures, Patches learned) {
        this(name, title, split, pictures, learned, 0);
    }

    /// Where such pictures come from.
    interface Source {
        /// @param size of the pictures, in pixels of a side
        /// @param cell of one code
        List<HeldOut> of(int size, int cell) throws IOException;
    }

    /// Portraits and scenes, which are drawn by chance.
    ///
    /// @param size see [#requireDrawn]
    static List<HeldOut> drawn(int size, int cell, int count, long seed) {
        requireDrawn(size);
        Random random = new Random(seed + 80);
        var portraits = new Patches(size, cell, seed);
        var scenes = new Patches(size, cell, seed);
        for (int i = 0; i < LEARNED * count; i++) {
            portraits.add(Avatars.draw(Portrait.forTraining(random)));
            scenes.add(Scene.several(Thing.Split.TRAIN.things(), random).draw());
        }
        return List.of(
                new HeldOut(
                        "characters",
                        "Portraits of characters never trained on",
                        "characters of the 6 % that training never draws",
                        different(count, () -> Avatars.draw(Portrait.stranger(random))),
                        portraits),
                new HeldOut(
                        "pairs",
                        "Portraits with pairs never trained on",
                        "portraits with a pair of options that training never shows together",
                        different(
                                count,
                                () -> Avatars.draw(
                                        Evaluation.withheld(1, random).getFirst())),
                        portraits),
                new HeldOut(
                        "scenes",
                        "Scenes of things never trained on",
                        "two to four places with emoji of 105 families that training never shows, some in other colours",
                        different(count, () -> Scene.several(Thing.Split.TEST.things(), random)
                                .draw()),
                        scenes),
                new HeldOut(
                        "things",
                        "Scenes of one thing never trained on",
                        "emoji of 105 families that training never shows, one in a quarter, as it is",
                        different(
                                count, () -> Scene.of(Card.of(Options.pick(Thing.Split.TEST.things(), random)), random)
                                        .draw()),
                        scenes));
    }

    /// @throws Arguments.Wrong where none are drawn of this size
    static void requireDrawn(int size) {
        if (size != Avatars.SIZE)
            throw new Arguments.Wrong(
                    "portraits and scenes have %d pixels a side: need --dataset, --trained and --apart for %d"
                            .formatted(Avatars.SIZE, size));
    }

    private static List<byte[]> different(int count, Supplier<byte[]> draw) {
        Map<ByteBuffer, byte[]> pictures = new LinkedHashMap<>();
        while (pictures.size() < count) {
            byte[] rgb = draw.get();
            pictures.putIfAbsent(ByteBuffer.wrap(rgb), rgb);
        }
        return List.copyOf(pictures.values());
    }

    /// Pictures of a corpus, in an order by chance: of what was kept from training those whose subject (what
    /// stands in front of the caption's last comma) is that of no picture that was trained on.
    static List<HeldOut> of(Dataset dataset, Path trained, Path apart, int size, int cell, int count, long seed)
            throws IOException {
        var patches = new Patches(size, cell, seed);
        Set<String> known = new HashSet<>();
        int skipped = read(dataset, trained, size, (subject, rgb) -> {
            known.add(subject);
            patches.add(rgb);
        });
        if (known.isEmpty()) throw new Arguments.Wrong("need pictures in --trained, got none in " + trained);
        Map<ByteBuffer, byte[]> different = new LinkedHashMap<>();
        skipped += read(dataset, apart, size, (subject, rgb) -> {
            if (!known.contains(subject)) different.putIfAbsent(ByteBuffer.wrap(rgb), rgb);
        });
        if (different.isEmpty())
            throw new Arguments.Wrong(
                    "need pictures of subjects in --apart that --trained has not, got none in " + apart);
        List<byte[]> pictures = new ArrayList<>(different.values());
        Options.shuffle(pictures, new Random(seed + 81));
        return List.of(new HeldOut(
                "corpus-" + size,
                "Pictures of subjects never trained on, %d x %1$d".formatted(size),
                "pictures of subjects that training does not show",
                pictures.subList(0, Math.min(count, pictures.size())),
                patches,
                skipped));
    }

    private interface Reader {
        void take(String subject, byte[] rgb);
    }

    /// How many cannot be read.
    private static int read(Dataset dataset, Path folder, int size, Reader reader) throws IOException {
        int skipped = 0;
        try (Corpus corpus = Corpus.open(dataset, folder, "", Corpus.Cursor.START)) {
            for (Found found = corpus.next(); found != null; found = corpus.next()) {
                Optional<RgbImage> picture =
                        found instanceof Found.Sample sample ? Parts.picture(sample, size) : Optional.empty();
                if (picture.isPresent())
                    reader.take(
                            CorpusTwins.subject(Preparation.text((Found.Sample) found)),
                            picture.get().rgb());
                else skipped++;
            }
        }
        return skipped;
    }
}
