package dev.cm3leon.cli;

import java.awt.image.BufferedImage;
import java.util.List;

/// Pictures as text: each character is two pixels, one above the other, in 24-bit colour.
final class Preview {
    private static final String UPPER_HALF = "▀";
    private static final int GAP = 1;

    private Preview() {}

    /// As many of the pictures side by side as fit, the first at least, shrunk where it is wider than the terminal.
    static String of(List<BufferedImage> pictures, int columns) {
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
                    text.append("\033[38;2;").append(rgb(upper));
                    text.append(";48;2;").append(rgb(lower)).append('m').append(UPPER_HALF);
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

    private static String rgb(int pixel) {
        return (pixel >> 16 & 255) + ";" + (pixel >> 8 & 255) + ";" + (pixel & 255);
    }
}
