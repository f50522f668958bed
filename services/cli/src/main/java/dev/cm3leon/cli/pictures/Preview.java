package dev.cm3leon.cli.pictures;

import dev.cm3leon.cli.terminal.Terminal;
import java.awt.image.BufferedImage;
import java.util.List;

/// Pictures as text: each character is two pixels, one above the other.
public final class Preview {
    private static final String UPPER_HALF = "▀";
    private static final int GAP = 1;

    private Preview() {}

    /// As many of the pictures side by side as fit, the first at least, shrunk where it is wider than the terminal.
    public static String of(List<BufferedImage> pictures, int columns, Terminal.Colours colours) {
        StringBuilder text = new StringBuilder();
        int width = Math.min(pictures.getFirst().getWidth(), Math.max(1, columns));
        int fitting = Math.max(1, (columns + GAP) / (width + GAP));
        List<BufferedImage> shown = pictures.subList(0, Math.min(fitting, pictures.size()));
        int height =
                pictures.getFirst().getHeight() * width / pictures.getFirst().getWidth();
        for (int y = 0; y < height; y += 2) {
            for (BufferedImage picture : shown) {
                if (picture != shown.getFirst()) text.append("\033[0m ");
                for (int x = 0; x < width; x++) {
                    int upper = pixel(picture, x, y, width, height);
                    int lower = pixel(picture, x, Math.min(y + 1, height - 1), width, height);
                    text.append("\033[38;").append(colour(upper, colours));
                    text.append(";48;")
                            .append(colour(lower, colours))
                            .append('m')
                            .append(UPPER_HALF);
                }
            }
            text.append("\033[0m\n");
        }
        return text.toString();
    }

    /// The nearest pixel of a picture that is shown with another size.
    private static int pixel(BufferedImage picture, int x, int y, int width, int height) {
        return picture.getRGB(x * picture.getWidth() / width, y * picture.getHeight() / height);
    }

    private static String colour(int pixel, Terminal.Colours colours) {
        int red = pixel >> 16 & 255, green = pixel >> 8 & 255, blue = pixel & 255;
        return colours == Terminal.Colours.FULL
                ? "2;" + red + ";" + green + ";" + blue
                : "5;" + (16 + 36 * level(red) + 6 * level(green) + level(blue));
    }

    /// The nearest of the six levels 0, 95, 135, 175, 215, 255 of xterm's colour cube.
    private static int level(int value) {
        return value < 48 ? 0 : Math.max(1, (value - 35) / 40);
    }
}
