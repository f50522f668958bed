package dev.cm3leon.trainer.data;

import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.scenes.Variation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Pictures of a corpus that show one subject in two manners, as captions of the form `SUBJECT, MANNER` tell, such as
/// `red apple, noto style`; a caption without a comma is a subject.
public final class CorpusTwins {
    private final CorpusSample sample;
    private final List<List<Integer>> subjects; // places of their pictures

    /// Of what the sample is to be learned from.
    ///
    /// @param count of pairs that are to be had at once
    public CorpusTwins(CorpusSample sample, int count) {
        this.sample = sample;
        Map<String, List<Integer>> bySubject = new LinkedHashMap<>();
        for (int i = 0; i < sample.learned(); i++)
            bySubject
                    .computeIfAbsent(subject(sample.captions().get(i)), _ -> new ArrayList<>())
                    .add(i);
        this.subjects =
                bySubject.values().stream().filter(places -> places.size() > 1).toList();
        if (count > subjects.size())
            throw new RefusedException(
                    "need clip.twins <= %d, the subjects that several captions SUBJECT, MANNER of shards.corpus have, got %d"
                            .formatted(subjects.size(), count));
    }

    public static String subject(String caption) {
        int comma = caption.lastIndexOf(", ");
        return comma < 0 ? caption : caption.substring(0, comma);
    }

    /// @return (count, 2) pictures, no two pairs of one subject
    public byte[][][] some(int count, RandomGenerator random) {
        List<List<Integer>> left = new ArrayList<>(subjects);
        Options.shuffle(left, random);
        byte[][][] pairs = new byte[count][][];
        for (int i = 0; i < count; i++) {
            List<Integer> two = new ArrayList<>(left.get(i));
            Options.shuffle(two, random);
            pairs[i] = new byte[][] {picture(two.get(0), random), picture(two.get(1), random)};
        }
        return pairs;
    }

    private byte[] picture(int place, RandomGenerator random) {
        return Variation.STRONG.of(sample.picture(place), sample.size(), random);
    }
}
