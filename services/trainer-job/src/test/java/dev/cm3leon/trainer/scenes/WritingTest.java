package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.trainer.torch.Ops;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WritingTest {

    @Test
    void whatIsWrittenIsReadAlsoWhereItIsBlurredAndNoisy() {
        var random = Ops.random(1, "test", 0);
        Set<String> written = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            Writing writing = Writing.random(i % 2 == 0, random);
            byte[] picture = writing.draw();
            assertThat(Writing.read(picture)).isEqualTo(writing.content());
            for (int at = 0; at < picture.length; at++)
                picture[at] =
                        (byte) Math.clamp(60 + (picture[at] & 255) / 2 + (int) (40 * random.nextGaussian()), 0, 255);
            assertThat(Writing.read(picture)).isEqualTo(writing.content());
            for (char c : writing.content().toCharArray()) written.add(String.valueOf(c));
        }
        assertThat(written).hasSize(36);
    }

    @Test
    void aLetterIsDrawnInTheMiddle() {
        byte[] picture = new Writing("L").draw();
        assertThat(row(picture, 17).indexOf('#')).isEqualTo(24);
        assertThat(row(picture, 17).lastIndexOf('#')).isEqualTo(26);
        assertThat(row(picture, 37)).isEqualTo(".".repeat(24) + "#".repeat(15) + ".".repeat(25));
        assertThat(row(picture, 38)).doesNotContain("#");
    }

    @Test
    void textsOfTrainingAreNoneOfTheOthers() {
        var random = Ops.random(1, "test", 0);
        Set<Writing> trained = new HashSet<>();
        for (int i = 0; i < 2000; i++) trained.add(Writing.random(true, random));
        for (int i = 0; i < 500; i++) assertThat(trained).doesNotContain(Writing.random(false, random));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HELLO", "a", "É", " "})
    void refusesWhatItCannotWrite(String content) {
        assertThatThrownBy(() -> new Writing(content))
                .hasMessage("need 1 to 4 capital letters or digits to write, got \"" + content + "\"");
    }

    private static String row(byte[] picture, int y) {
        var row = new StringBuilder();
        for (int x = 0; x < Scene.SIZE; x++) row.append(picture[3 * (y * Scene.SIZE + x)] == 0 ? '#' : '.');
        return row.toString();
    }
}
