package dev.cm3leon.cli.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.cli.terminal.Terminal;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreviewTest {
    @Test
    void aPreviewIsTwoPixelsACharacter() {
        var picture = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        picture.setRGB(0, 0, 0xFF0000);
        picture.setRGB(1, 1, 0x0000FF);

        assertThat(Preview.of(List.of(picture), 80, Terminal.Colours.FULL))
                .isEqualTo("\033[38;2;255;0;0;48;2;0;0;0m▀\033[38;2;0;0;0;48;2;0;0;255m▀\033[0m\n");
        assertThat(Preview.of(List.of(picture), 1, Terminal.Colours.INDEXED))
                .isEqualTo("\033[38;5;196;48;5;196m▀\033[0m\n");
    }
}
