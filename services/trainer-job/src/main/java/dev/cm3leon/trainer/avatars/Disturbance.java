package dev.cm3leon.trainer.avatars;

import java.util.random.RandomGenerator;

/// What a tokenizer and a generator do to a picture, roughly: soft edges, moved edges, noise, other light, bad cells.
final class Disturbance {
    private static final int SIZE = Avatars.SIZE;
    private static final int CELL = 8;

    private Disturbance() {}

    /// A disturbed copy; one in six stays clean.
    static byte[] of(byte[] picture, RandomGenerator random) {
        float[] x = new float[picture.length];
        for (int i = 0; i < x.length; i++) x[i] = picture[i] & 255;
        if (random.nextInt(6) > 0) {
            if (random.nextBoolean()) x = shifted(x, random.nextInt(-1, 2), random.nextInt(-1, 2));
            if (random.nextBoolean()) {
                int times = 1 + random.nextInt(3);
                for (int i = 0; i < times; i++) x = blurred(x);
            }
            if (random.nextInt(3) == 0) softenCells(x, random);
            if (random.nextInt(3) == 0) {
                float contrast = 0.9f + 0.2f * random.nextFloat(), light = 24 * random.nextFloat() - 12;
                for (int i = 0; i < x.length; i++) x[i] = (x[i] - 128) * contrast + 128 + light;
            }
            if (random.nextBoolean()) {
                double noise = 20 * random.nextDouble();
                for (int i = 0; i < x.length; i++) x[i] += (float) (noise * random.nextGaussian());
            }
        }
        byte[] disturbed = new byte[picture.length];
        for (int i = 0; i < x.length; i++) disturbed[i] = (byte) Math.clamp(Math.round(x[i]), 0, 255);
        return disturbed;
    }

    private static float[] shifted(float[] x, int right, int down) {
        float[] shifted = new float[x.length];
        for (int row = 0; row < SIZE; row++)
            for (int column = 0; column < SIZE; column++)
                for (int c = 0; c < 3; c++) shifted[at(row, column) + c] = x[at(row - down, column - right) + c];
        return shifted;
    }

    /// A binomial kernel of three by three.
    private static float[] blurred(float[] x) {
        float[] rows = new float[x.length], blurred = new float[x.length];
        for (int row = 0; row < SIZE; row++)
            for (int column = 0; column < SIZE; column++)
                for (int c = 0; c < 3; c++)
                    rows[at(row, column) + c] =
                            (x[at(row, column - 1) + c] + 2 * x[at(row, column) + c] + x[at(row, column + 1) + c]) / 4;
        for (int row = 0; row < SIZE; row++)
            for (int column = 0; column < SIZE; column++)
                for (int c = 0; c < 3; c++)
                    blurred[at(row, column) + c] = (rows[at(row - 1, column) + c]
                                    + 2 * rows[at(row, column) + c]
                                    + rows[at(row + 1, column) + c])
                            / 4;
        return blurred;
    }

    /// Moves up to eight cells towards their mean colour, as a code does that fits them badly.
    private static void softenCells(float[] x, RandomGenerator random) {
        int cells = 1 + random.nextInt(8);
        for (int i = 0; i < cells; i++) {
            int top = CELL * random.nextInt(SIZE / CELL), left = CELL * random.nextInt(SIZE / CELL);
            float strength = 0.7f * random.nextFloat();
            for (int c = 0; c < 3; c++) {
                float mean = 0;
                for (int p = 0; p < CELL * CELL; p++) mean += x[at(top + p / CELL, left + p % CELL) + c];
                mean /= CELL * CELL;
                for (int p = 0; p < CELL * CELL; p++) {
                    int pixel = at(top + p / CELL, left + p % CELL) + c;
                    x[pixel] += strength * (mean - x[pixel]);
                }
            }
        }
    }

    /// The first of the three values of a pixel; beyond the border, the pixel at the border.
    private static int at(int row, int column) {
        return 3 * (SIZE * Math.clamp(row, 0, SIZE - 1) + Math.clamp(column, 0, SIZE - 1));
    }
}
