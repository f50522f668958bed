package dev.cm3leon.trainer.avatars;

/// A picture in another style, made from its pixels. Pictures are row-major interleaved RGB.
public enum Restyling {
    GREY("Make it black and white."),
    LINES("Make it a line drawing."),
    MIRRORED("Mirror it.");

    private static final int EDGE = 96; // of at most 1020 x sqrt(2)

    private final String instruction;

    Restyling(String instruction) {
        this.instruction = instruction;
    }

    public String instruction() {
        return instruction;
    }

    public byte[] of(byte[] picture, int size) {
        return switch (this) {
            case GREY -> grey(picture);
            case LINES -> inverted(edges(picture, size));
            case MIRRORED -> mirrored(picture, size);
        };
    }

    private static byte[] grey(byte[] picture) {
        byte[] grey = new byte[picture.length];
        for (int i = 0; i < picture.length; i++) grey[i] = (byte) Math.round(light(picture, i / 3));
        return grey;
    }

    private static byte[] inverted(byte[] picture) {
        byte[] inverted = new byte[picture.length];
        for (int i = 0; i < picture.length; i++) inverted[i] = (byte) (255 - (picture[i] & 255));
        return inverted;
    }

    private static byte[] mirrored(byte[] picture, int size) {
        byte[] mirrored = new byte[picture.length];
        for (int i = 0; i < picture.length; i++) {
            int pixel = i / 3, x = pixel % size;
            mirrored[i] = picture[3 * (pixel - x + size - 1 - x) + i % 3];
        }
        return mirrored;
    }

    /// White lines on black where the light changes most: Sobel's gradient, of which only ridges above a
    /// threshold stay, as Canny's first steps do; without his following of weak lines.
    public static byte[] edges(byte[] picture, int size) {
        float[] across = new float[size * size], down = new float[size * size], strength = new float[size * size];
        for (int y = 1; y + 1 < size; y++) {
            for (int x = 1; x + 1 < size; x++) {
                int i = y * size + x;
                for (int d = -1; d <= 1; d++) {
                    int weight = 2 - d * d;
                    across[i] += weight * (light(picture, i + d * size + 1) - light(picture, i + d * size - 1));
                    down[i] += weight * (light(picture, i + size + d) - light(picture, i - size + d));
                }
                strength[i] = (float) Math.hypot(across[i], down[i]);
            }
        }
        byte[] edges = new byte[picture.length];
        for (int y = 1; y + 1 < size; y++) {
            for (int x = 1; x + 1 < size; x++) {
                int i = y * size + x;
                int along = Math.abs(across[i]) >= Math.abs(down[i]) ? 1 : size; // to the next pixel over the ridge
                boolean ridge =
                        strength[i] >= EDGE && strength[i] > strength[i - along] && strength[i] >= strength[i + along];
                for (int c = 0; c < 3; c++) edges[3 * i + c] = (byte) (ridge ? 255 : 0);
            }
        }
        return edges;
    }

    private static float light(byte[] picture, int pixel) {
        int i = 3 * pixel;
        return 0.299f * (picture[i] & 255) + 0.587f * (picture[i + 1] & 255) + 0.114f * (picture[i + 2] & 255);
    }
}
