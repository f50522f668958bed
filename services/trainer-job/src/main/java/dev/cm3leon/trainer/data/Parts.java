package dev.cm3leon.trainer.data;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.trainer.run.Run;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A corpus cut into parts of so many samples, with which the workers take turns.
public final class Parts {
    private Parts() {}

    public interface Work {
        void encode(int part, List<Found.Sample> samples) throws IOException;
    }

    /// Reads the corpus from end to end, a part at a time in memory; false if any worker was asked to stop.
    ///
    /// @param skipped gets what is broken, by reason
    public static boolean read(Run run, Corpus corpus, int size, Map<String, Long> skipped, Work work)
            throws IOException {
        List<Found.Sample> samples = new ArrayList<>();
        int part = 0;
        for (Found found = corpus.next(); found != null; found = corpus.next()) {
            if (found instanceof Found.Broken broken) skipped.merge(broken.reason(), 1L, Long::sum);
            else if (found instanceof Found.Sample sample) samples.add(sample);
            if (samples.size() == size) {
                work.encode(part, samples);
                samples.clear();
                if (!together(run, part++)) return false;
            }
        }
        if (!samples.isEmpty()) work.encode(part, samples);
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
