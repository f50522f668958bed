package dev.cm3leon.trainer.avatars;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Identity.HairColour;
import dev.cm3leon.trainer.avatars.Identity.Length;
import dev.cm3leon.trainer.avatars.Identity.Skin;
import dev.cm3leon.trainer.avatars.Look.ClothesColour;
import dev.cm3leon.trainer.avatars.Look.Eyes;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/// Draws portraits by laying parts over each other, thousands a second.
///
/// The parts are shapes of the ToonHead style, rendered once (`src/parts/README.md`). A part in a colour is its fixed
/// pixels plus the colour times its paint, since every shape in it is alpha-blended.
public final class Avatars {

    /// Width and height of a picture in pixels.
    public static final int SIZE = 64;

    private static final Layers LAYERS = Layers.load();

    private Avatars() {}

    /// The picture as `SIZE * SIZE * 3` bytes of RGB, row by row.
    public static byte[] draw(Portrait portrait) {
        Identity identity = portrait.identity();
        Look look = portrait.look();
        int hair = identity.hairColour().rgb;
        int[] canvas = new int[SIZE * SIZE * 3];
        for (int i = 0; i < canvas.length; i++) canvas[i] = channel(look.background().rgb, i % 3);

        if (identity.length() != Length.SHORT) over(canvas, "length", identity.length(), hair);
        over(canvas, "head", null, identity.skin().rgb);
        over(canvas, "clothes", look.clothes(), look.clothesColour().rgb);
        if (identity.length() == Length.LONG) over(canvas, "length-long-front", null, hair);
        over(canvas, "mouth", null, 0);
        if (identity.beard() != Beard.NONE) over(canvas, "beard", identity.beard(), hair);
        over(canvas, "eyes", look.eyes(), 0);
        if (look.eyes() != Eyes.SUNGLASSES) over(canvas, "brows", null, hair);
        if (identity.hair() != Hair.BALD) over(canvas, "hair", identity.hair(), hair);

        byte[] rgb = new byte[canvas.length];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) canvas[i];
        return rgb;
    }

    /// The pixels of [#draw] as a PNG file.
    public static byte[] png(byte[] rgb) {
        return Images.png(new RgbImage(SIZE, SIZE, rgb));
    }

    private static void over(int[] canvas, String kind, @Nullable Enum<?> option, int rgb) {
        Layer layer = LAYERS.get(name(kind, option), rgb);
        for (int i = layer.first; i < layer.last; i++) {
            int clear = 255 - layer.alpha[i];
            if (clear == 255) continue;
            for (int c = 0; c < 3; c++) {
                canvas[3 * i + c] = Math.min(255, layer.rgb[3 * i + c] + (canvas[3 * i + c] * clear + 127) / 255);
            }
        }
    }

    private static String name(String kind, @Nullable Enum<?> option) {
        return option == null
                ? kind
                : kind + "-" + option.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int channel(int rgb, int channel) {
        return rgb >> (16 - 8 * channel) & 255;
    }

    /// A part in one colour: premultiplied RGB and alpha, with nothing to see before pixel `first` and from `last` on.
    private record Layer(short[] rgb, short[] alpha, int first, int last) {}

    private record Layers(Map<String, Map<Integer, Layer>> byName) {

        Layer get(String name, int rgb) {
            Map<Integer, Layer> colours = byName.get(name);
            Layer layer = colours == null ? null : colours.get(rgb);
            if (layer == null) throw new IllegalStateException("no part %s in #%06x".formatted(name, rgb));
            return layer;
        }

        static Layers load() {
            Map<String, Map<Integer, Layer>> byName = new HashMap<>();
            BufferedImage sheet = sheet();
            List<String> names = names();
            for (int row = 0; row < names.size(); row++) {
                Map<Integer, Layer> colours = new HashMap<>();
                for (int colour : colours(names.get(row))) colours.put(colour, layer(sheet, row, colour));
                byName.put(names.get(row), colours);
            }
            return new Layers(byName);
        }

        private static int[] colours(String part) {
            return switch (part.split("-", 2)[0]) {
                case "hair", "length", "beard", "brows" -> rgb(HairColour.values(), c -> c.rgb);
                case "clothes" -> rgb(ClothesColour.values(), c -> c.rgb);
                case "head" -> rgb(Skin.values(), c -> c.rgb);
                default -> new int[] {0};
            };
        }

        private static <T> int[] rgb(T[] options, ToIntFunction<T> colour) {
            return Arrays.stream(options).mapToInt(colour).toArray();
        }

        /// One row of the sheet: fixed pixels at the left; paint (red) and alpha (green) at the right.
        private static Layer layer(BufferedImage sheet, int row, int colour) {
            short[] rgb = new short[SIZE * SIZE * 3];
            short[] alpha = new short[SIZE * SIZE];
            int first = SIZE * SIZE, last = 0;
            for (int i = 0; i < SIZE * SIZE; i++) {
                int x = i % SIZE, y = row * SIZE + i / SIZE;
                int fixed = sheet.getRGB(x, y);
                int mask = sheet.getRGB(SIZE + x, y);
                int paint = channel(mask, 0);
                alpha[i] = (short) channel(mask, 1);
                for (int c = 0; c < 3; c++) {
                    rgb[3 * i + c] = (short) (channel(fixed, c) + (channel(colour, c) * paint + 127) / 255);
                }
                if (alpha[i] > 0) {
                    first = Math.min(first, i);
                    last = i + 1;
                }
            }
            return new Layer(rgb, alpha, first, last);
        }

        private static BufferedImage sheet() {
            try (InputStream in = resource("parts.png")) {
                return ImageIO.read(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static List<String> names() {
            try (InputStream in = resource("parts.txt")) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static InputStream resource(String name) {
            InputStream in = Avatars.class.getResourceAsStream("/avatars/" + name);
            if (in == null) throw new IllegalStateException("no resource avatars/" + name);
            return in;
        }
    }
}
