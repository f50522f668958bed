package dev.cm3leon.trainer.scenes;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/// An emoji of one style: what scenes are made of.
///
/// @param style the set it is of, e.g. `noto`
/// @param family what it has in common with its variants; a family is in one split only
/// @param label what it shows, e.g. `red apple`
/// @param rgb [#SIZE] x `SIZE` pixels on white, interleaved; not copied
public record Thing(String style, String family, String label, byte[] rgb) {

    /// Width and height in pixels.
    public static final int SIZE = 30;

    private static final int ACROSS = 64;

    /// Which things are for what. Training sees nothing of the other two, in no style.
    public enum Split {
        TRAIN,
        VALIDATION,
        TEST;

        private final List<Thing> things = load(name().toLowerCase(Locale.ROOT));

        public List<Thing> things() {
            return things;
        }
    }

    /// Things of training in three more styles, for search alone: scenes are not made of them.
    public static List<Thing> otherStyles() {
        return load("styles");
    }

    private static List<Thing> load(String which) {
        try (InputStream list = resource("things-" + which + ".txt");
                InputStream sheet = resource("things-" + which + ".png")) {
            List<String> lines = new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            BufferedImage pictures = ImageIO.read(sheet);
            List<Thing> things = new ArrayList<>();
            for (int i = 0; i < lines.size(); i++) {
                String[] fields = lines.get(i).split("\t");
                things.add(new Thing(fields[0], fields[1], fields[2], pixels(pictures, i)));
            }
            return List.copyOf(things);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] pixels(BufferedImage sheet, int which) {
        byte[] rgb = new byte[SIZE * SIZE * 3];
        int left = which % ACROSS * SIZE, top = which / ACROSS * SIZE;
        for (int i = 0; i < SIZE * SIZE; i++) {
            int pixel = sheet.getRGB(left + i % SIZE, top + i / SIZE);
            for (int c = 0; c < 3; c++) rgb[3 * i + c] = (byte) (pixel >> (16 - 8 * c));
        }
        return rgb;
    }

    private static InputStream resource(String name) {
        InputStream in = Thing.class.getResourceAsStream("/scenes/" + name);
        if (in == null) throw new IllegalStateException("no resource scenes/" + name);
        return in;
    }

    @Override
    public String toString() {
        return label + " (" + style + ")";
    }
}
