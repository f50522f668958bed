package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.trainer.torch.Ops;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTwinsTest {
    private static final int SIDE = 8, PLAIN = 12;

    /// Twelve are learned from: three subjects in two manners or more, one that a caption without a manner names twice,
    /// and three that there is one picture of.
    private static final List<String> CAPTIONS = List.of(
            "red apple, noto style",
            "red apple, flat style",
            "red apple, old style", // 0
            "green, leafy tree, noto style",
            "green, leafy tree, flat style", // 1
            "boat, noto style",
            "boat, flat style", // 2
            "a dog",
            "a dog", // 3
            "cat, noto style",
            "cat",
            "owl", // 4
            "cat, flat style",
            "owl, noto style",
            "owl",
            "a dog"); // held out

    /// Of those that are learned from.
    private static final int[] SUBJECTS = {0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5};

    @TempDir
    Path folder;

    /// A picture has one grey, by its place in the corpus.
    private CorpusSample sample() throws IOException {
        byte[] pixels = new byte[CAPTIONS.size() * SIDE * SIDE * 3];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) (PLAIN * (i / (SIDE * SIDE * 3)));
        return new CorpusSample(
                CAPTIONS,
                IntStream.range(0, CAPTIONS.size()).boxed().toList(),
                SUBJECTS.length,
                FileChannel.open(Files.write(folder.resolve("rgb"), pixels)),
                SIDE);
    }

    @Test
    void aPairShowsOneSubjectInTwoPicturesAndNoneThatIsHeldOut() throws IOException {
        var twins = new CorpusTwins(sample(), 5);
        int plain = 0;
        for (int round = 0; round < 1000; round++) {
            Set<Integer> subjects = new HashSet<>();
            for (byte[][] pair : twins.some(5, Ops.random(1, "test", round))) {
                if (!isPlain(pair[0]) || !isPlain(pair[1])) continue; // varied
                plain++;
                int one = place(pair[0]), other = place(pair[1]);
                assertThat(one).isNotEqualTo(other);
                assertThat(SUBJECTS[one]).isEqualTo(SUBJECTS[other]);
                assertThat(subjects.add(SUBJECTS[one])).isTrue();
            }
        }
        assertThat(plain).isBetween(50, 115); // of 5,000 pairs both in one of 64
    }

    @Test
    void moreThanTheCorpusHasIsRefused() {
        assertThatThrownBy(() -> new CorpusTwins(sample(), 6))
                .hasMessage("need clip.twins <= 5, the subjects that several captions SUBJECT, MANNER of shards.corpus"
                        + " have, got 6");
    }

    private static boolean isPlain(byte[] picture) {
        for (byte value : picture) if (value != picture[0]) return false;
        return (picture[0] & 255) % PLAIN == 0;
    }

    private static int place(byte[] plain) {
        return (plain[0] & 255) / PLAIN;
    }
}
