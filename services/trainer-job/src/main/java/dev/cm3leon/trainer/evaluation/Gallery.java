package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.scenes.Thumbnails;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Portraits as training shows them, and which of them is most like a picture: the baseline of a model that remembers
/// and does not compose.
final class Gallery {

    private final List<Portrait> portraits;
    private final Thumbnails thumbnails;

    Gallery(int size, long seed) {
        Random random = new Random(seed);
        portraits =
                Stream.generate(() -> Portrait.forTraining(random)).limit(size).toList();
        thumbnails = new Thumbnails(portraits.stream()
                .map(portrait -> Thumbnails.of(Avatars.draw(portrait), Avatars.SIZE))
                .toList());
    }

    /// @param rgb 64 x 64, interleaved
    Portrait nearest(byte[] rgb) {
        return portraits.get(thumbnails.nearest(Thumbnails.of(rgb, Avatars.SIZE)));
    }
}
