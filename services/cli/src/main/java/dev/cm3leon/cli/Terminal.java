package dev.cm3leon.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Map;

/// Where results (standard output) and progress (standard error) go. On a terminal progress is one line that is
/// updated; elsewhere it is a plain line whenever the step changes.
final class Terminal {
    private static final long PLAIN_LINE_EVERY_NANOS = 10_000_000_000L;

    /// What a terminal shows: no colours, the 256 of xterm, or all of 24 bits.
    enum Colours {
        NONE,
        INDEXED,
        FULL
    }

    final PrintWriter out;
    private final PrintWriter err;
    private final boolean outIsTerminal;
    private final boolean errIsTerminal;
    private final Colours colours;
    private final int columns;

    private String step = "";
    private long lastPlainLine;
    private boolean updating;

    Terminal(
            PrintWriter out,
            PrintWriter err,
            boolean outIsTerminal,
            boolean errIsTerminal,
            Colours colours,
            int columns) {
        this.out = out;
        this.err = err;
        this.outIsTerminal = outIsTerminal;
        this.errIsTerminal = errIsTerminal;
        this.colours = colours;
        this.columns = columns;
    }

    /// What the launcher found out (`cm3.tty` names the streams that are terminals, `cm3.columns` their width).
    static Terminal of(PrintStream out, PrintStream err, Map<String, String> environment) {
        String terminals = System.getProperty("cm3.tty", "");
        return new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                terminals.contains("out"),
                terminals.contains("err"),
                coloursOf(environment),
                Integer.getInteger("cm3.columns", 80));
    }

    /// The same with results on standard error too.
    Terminal toError() {
        return new Terminal(err, err, errIsTerminal, errIsTerminal, colours, columns);
    }

    static Colours coloursOf(Map<String, String> environment) {
        String term = environment.getOrDefault("TERM", "");
        if (environment.containsKey("NO_COLOR") || term.isEmpty() || term.equals("dumb")) return Colours.NONE;
        String depth = environment.getOrDefault("COLORTERM", "");
        String program = environment.getOrDefault("TERM_PROGRAM", "");
        boolean full = depth.equals("truecolor")
                || depth.equals("24bit")
                || term.endsWith("-direct")
                || term.contains("kitty")
                || program.matches("iTerm.app|vscode|WezTerm|ghostty")
                || environment.containsKey("WT_SESSION");
        if (full) return Colours.FULL;
        return term.contains("256color") ? Colours.INDEXED : Colours.NONE;
    }

    /// Of results; none where they do not go to the terminal.
    Colours colours() {
        return outIsTerminal ? colours : Colours.NONE;
    }

    int columns() {
        return columns;
    }

    /// A line about the work, kept.
    void say(String line) {
        settle();
        out.flush(); // a picture that was begun is shown whole first
        err.println(line);
    }

    /// How far the work is.
    ///
    /// @param step what is being done
    /// @param detail what changes all the time
    void progress(String step, String detail) {
        String line = detail.isEmpty() ? step : step + "  " + detail;
        if (errIsTerminal) {
            if (line.length() >= columns) line = line.substring(0, Math.max(0, columns - 2)) + "…";
            err.print("\r\033[K" + line);
            err.flush();
            updating = true;
        } else if (!step.equals(this.step) || System.nanoTime() - lastPlainLine > PLAIN_LINE_EVERY_NANOS) {
            err.println(line);
            lastPlainLine = System.nanoTime();
        }
        this.step = step;
    }

    /// Clears the updating line; what is written next stands on its own.
    void settle() {
        if (updating) err.print("\r\033[K");
        err.flush();
        updating = false;
        if (errIsTerminal) step = "";
    }
}
