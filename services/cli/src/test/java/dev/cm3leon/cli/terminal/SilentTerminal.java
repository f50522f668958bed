package dev.cm3leon.cli.terminal;

import java.io.PrintWriter;
import java.io.StringWriter;

/// A terminal that nobody reads.
public final class SilentTerminal {

    private SilentTerminal() {}

    public static Terminal open() {
        return new Terminal(
                new PrintWriter(new StringWriter()),
                new PrintWriter(new StringWriter()),
                false,
                false,
                Terminal.Colours.NONE,
                80);
    }
}
