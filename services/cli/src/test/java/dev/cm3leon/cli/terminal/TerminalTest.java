package dev.cm3leon.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
    @Test
    void coloursAreOnlyShownWhereTheyAreUnderstood() {
        assertThat(Terminal.coloursOf(Map.of("TERM", "xterm-256color", "COLORTERM", "truecolor")))
                .isEqualTo(Terminal.Colours.FULL);
        assertThat(Terminal.coloursOf(Map.of("TERM", "tmux-256color"))).isEqualTo(Terminal.Colours.INDEXED);
        assertThat(Terminal.coloursOf(Map.of("TERM", "xterm-kitty", "NO_COLOR", "1")))
                .isEqualTo(Terminal.Colours.NONE);
        assertThat(Terminal.coloursOf(Map.of("TERM", "vt100"))).isEqualTo(Terminal.Colours.NONE);
    }
}
