package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutPicturesTest {
    private static int[] marks(int pictures) {
        return IntStream.range(0, pictures)
                .map(picture -> HeldOutPictures.mark(new int[] {picture, 7}))
                .toArray();
    }

    private static int[] held(int[] marks) {
        return IntStream.of(marks)
                .filter(HeldOutPictures.among(IntStream.of(marks))::has)
                .toArray();
    }

    @Test
    void aPictureIsKeptApartInEveryDatasetThatHasIt() {
        int[] all = marks(10_000), some = IntStream.of(all).limit(1000).toArray();

        assertThat(held(all).length).isBetween(150, 250); // one of fifty
        assertThat(held(some)).isNotEmpty();
        assertThat(held(all)).startsWith(held(some));
    }

    @Test
    void ofAFewPicturesOneIsKeptApart() {
        for (int pictures = 1; pictures < 30; pictures++)
            assertThat(held(marks(pictures))).isNotEmpty();
        assertThat(held(new int[] {5, 3, 9, 3})).containsExactly(3, 3);
        assertThat(held(new int[0])).isEmpty();
    }
}
