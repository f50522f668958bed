package dev.cm3leon.trainer.data;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A corpus cut into parts of so many samples, with which the workers take turns.
public final class Parts {
    private Parts() {}

    /// What is made of one part.
    public interface Part {
        void add(Found.Sample sample) throws IOException;

        /// All of its samples were added.
        void write() throws IOException;
    }

    public interface Work {
        /// None where the part is there already; asked for parts of this worker alone.
        Optional<Part> begin(int part) throws IOException;
    }

    /// The corpus from its start.
    public static Corpus open(TrainingConfiguration.Source source) throws IOException {
        return Corpus.open(Dataset.of(source.dataset()), Path.of(source.corpus()), source.split(), Corpus.Cursor.START);
    }

    /// A sample's picture, `size` x `size`; none where it cannot be read.
    public static Optional<RgbImage> picture(Found.Sample sample, int size) {
        try {
            return Optional.of(Images.DEFAULT.read(sample.picture().read(), null, size));
        } catch (RefusedImageException | IOException e) {
            return Optional.empty();
        }
    }

    /// Reads the corpus from end to end, a sample at a time in memory; false if any worker was asked to stop.
    ///
    /// @param skipped gets what is broken, by reason
    public static boolean read(Run run, Corpus corpus, int size, Map<String, Long> skipped, Work work)
            throws IOException {
        Optional<Part> made = Optional.empty();
        int part = 0, samples = 0;
        for (Found found = corpus.next(); found != null; found = corpus.next()) {
            if (found instanceof Found.Broken broken) skipped.merge(broken.reason(), 1L, Long::sum);
            if (!(found instanceof Found.Sample sample)) continue;
            if (samples++ == 0 && mine(run, part)) made = work.begin(part);
            if (made.isPresent()) made.get().add(sample);
            if (samples < size) continue;
            if (made.isPresent()) made.get().write();
            made = Optional.empty();
            samples = 0;
            if (!together(run, part++)) return false;
        }
        if (made.isPresent()) made.get().write();
        return together(run);
    }

    /// Whether a part is this worker's.
    public static boolean mine(Run run, int part) {
        return run.workers().share().has(part);
    }

    /// Whether all go on: waits for the others, and none of them was asked to stop or has left.
    public static boolean together(Run run) {
        return run.workers().sum(run.stopAsked().getAsBoolean() ? 0 : 1)[0]
                == run.workers().share().count();
    }

    /// Whether all go on after this part, told once in a round of parts.
    public static boolean together(Run run, int part) {
        return (part + 1) % run.workers().share().count() != 0 || together(run);
    }
}
