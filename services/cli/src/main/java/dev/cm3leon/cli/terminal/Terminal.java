package dev.cm3leon.cli.terminal;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/// Where results (standard output) and progress (standard error) go. On a terminal progress is one line that is
/// updated; elsewhere it is a plain line whenever the step changes.
public final class Terminal {
    private static final long PLAIN_LINE_EVERY_NANOS = 10_000_000_000L;

    /// What a terminal shows: no colours, the 256 of xterm, or all of 24 bits.
    public enum Colours {
        NONE,
        INDEXED,
        FULL
    }

    public final PrintWriter out;
    private final PrintWriter err;
    private final boolean outIsTerminal;
    private final boolean errIsTerminal;
    private final Colours colours;
    private final int columns;

    private String step = "";
    private long lastPlainLine;
    private boolean updating;

    public Terminal(
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
    public static Terminal of(PrintStream out, PrintStream err, Map<String, String> environment) {
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
    public Terminal toError() {
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
    public Colours colours() {
        return outIsTerminal ? colours : Colours.NONE;
    }

    public int columns() {
        return columns;
    }

    /// A line about the work, kept.
    public void say(String line) {
        settle();
        out.flush(); // a picture that was begun is shown whole first
        err.println(line);
    }

    /// How far the work is.
    ///
    /// @param step what is being done
    /// @param detail what changes all the time
    public void progress(String step, String detail) {
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
    public void settle() {
        if (updating) err.print("\r\033[K");
        err.flush();
        updating = false;
        if (errIsTerminal) step = "";
    }

    /// A time as people say it.
    public static String seconds(double seconds) {
        if (seconds < 10) return String.format(Locale.ROOT, "%.1f s", seconds);
        if (seconds < 120) return String.format(Locale.ROOT, "%.0f s", seconds);
        long minutes = Math.round(seconds / 60);
        return minutes < 120 ? minutes + " min" : String.format(Locale.ROOT, "%.1f h", minutes / 60.0);
    }
}
