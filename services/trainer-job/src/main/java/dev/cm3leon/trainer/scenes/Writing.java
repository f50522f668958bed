package dev.cm3leon.trainer.scenes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// One to four capital letters and digits, black on white, in one line. A glyph has 5 x 7 dots of three pixels and
/// stands in two by three cells of the image tokenizer.
///
/// @param content what is written
public record Writing(String content) {
    public static final int LONGEST = 4;

    private static final int ACROSS = 5, DOWN = 7, DOT = 3, WIDTH = 16, TOP = 17, SIZE = Scene.SIZE;
    private static final boolean[] NOTHING = new boolean[ACROSS * DOWN];
    private static final Map<Character, boolean[]> GLYPHS = glyphs();
    private static final List<Character> CHARACTERS = List.copyOf(GLYPHS.keySet());

    public Writing {
        if (content.isEmpty()
                || content.length() > LONGEST
                || !content.chars().allMatch(c -> GLYPHS.containsKey((char) c)))
            throw new IllegalArgumentException(
                    "need 1 to %d capital letters or digits to write, got \"%s\"".formatted(LONGEST, content));
    }

    /// Each character alone.
    public static List<Writing> characters() {
        return CHARACTERS.stream().map(c -> new Writing(c.toString())).toList();
    }

    /// Any characters. One text in ten is never trained on.
    public static Writing random(boolean trained, RandomGenerator random) {
        while (true) {
            var content = new StringBuilder();
            for (int left = 1 + random.nextInt(LONGEST); left > 0; left--)
                content.append((char) CHARACTERS.get(random.nextInt(CHARACTERS.size())));
            if (trained == (Math.floorMod(content.toString().hashCode(), 10) > 0))
                return new Writing(content.toString());
        }
    }

    /// Row-major interleaved RGB of [Scene#SIZE].
    public byte[] draw() {
        byte[] rgb = new byte[SIZE * SIZE * 3];
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++) {
                int at = 3 * (y * SIZE + x), i = (x - left(0)) / WIDTH;
                boolean inside = x >= left(0) && i < content.length();
                boolean black = inside && black(glyph(i), x - left(i), y);
                Arrays.fill(rgb, at, at + 3, (byte) (black ? 0 : 255));
            }
        return rgb;
    }

    /// What a picture says if it says anything: of all texts the one whose picture has the least squared difference.
    public static String read(byte[] rgb) {
        String best = "";
        double least = Double.POSITIVE_INFINITY;
        for (int length = 1; length <= LONGEST; length++) {
            var text = new StringBuilder();
            double gained = 0; // over a white picture
            for (int i = 0; i < length; i++) {
                int left = left(length, i);
                double white = difference(rgb, NOTHING, left), nearest = Double.POSITIVE_INFINITY;
                char read = ' ';
                for (char c : CHARACTERS) {
                    double difference = difference(rgb, glyph(c), left);
                    if (difference >= nearest) continue;
                    nearest = difference;
                    read = c;
                }
                gained += nearest - white;
                text.append(read);
            }
            if (gained >= least) continue;
            least = gained;
            best = text.toString();
        }
        return best;
    }

    /// Of a strip as wide as a glyph, to that glyph on white.
    private static double difference(byte[] rgb, boolean[] dots, int left) {
        double sum = 0;
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < WIDTH; x++) {
                int should = black(dots, x, y) ? 0 : 255;
                for (int c = 0; c < 3; c++) {
                    int error = (rgb[3 * (y * SIZE + left + x) + c] & 255) - should;
                    sum += error * error;
                }
            }
        return sum;
    }

    private static boolean black(boolean[] dots, int x, int y) {
        int column = x / DOT, row = Math.floorDiv(y - TOP, DOT);
        return column < ACROSS && row >= 0 && row < DOWN && dots[row * ACROSS + column];
    }

    private int left(int character) {
        return left(content.length(), character);
    }

    private static int left(int length, int character) {
        return (SIZE - length * WIDTH) / 2 + character * WIDTH;
    }

    private boolean[] glyph(int character) {
        return glyph(content.charAt(character));
    }

    private static boolean[] glyph(char character) {
        return GLYPHS.getOrDefault(character, NOTHING);
    }

    /// A line with the character, and seven with its dots.
    private static Map<Character, boolean[]> glyphs() {
        try (InputStream in = Writing.class.getResourceAsStream("/scenes/glyphs.txt")) {
            if (in == null) throw new IllegalStateException("no resource scenes/glyphs.txt");
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            Map<Character, boolean[]> glyphs = new LinkedHashMap<>();
            for (int from = 0; from < lines.size(); from += DOWN + 1) {
                String dots = String.join("", lines.subList(from + 1, from + DOWN + 1));
                boolean[] glyph = new boolean[ACROSS * DOWN];
                for (int i = 0; i < glyph.length; i++) glyph[i] = dots.charAt(i) == '#';
                glyphs.put(lines.get(from).charAt(0), glyph);
            }
            return glyphs;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
