package dev.cm3leon.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How a camera was held: what a JPEG's EXIF says must be done before the picture is upright.
///
/// @param turned whether rows and columns change places
/// @param right whether columns then run from right to left
/// @param below whether rows then run from below
record Orientation(boolean turned, boolean right, boolean below) {
    private static final Orientation UPRIGHT = new Orientation(false, false, false);
    private static final int TAG = 0x0112;
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};

    /// Of a file's bytes; upright where they say nothing, or nothing that can be read.
    static Orientation of(byte[] file) {
        try {
            return numbered(exif(ByteBuffer.wrap(file)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            return UPRIGHT;
        }
    }

    private static Orientation numbered(int number) {
        return switch (number) {
            case 2 -> new Orientation(false, true, false);
            case 3 -> new Orientation(false, true, true);
            case 4 -> new Orientation(false, false, true);
            case 5 -> new Orientation(true, false, false);
            case 6 -> new Orientation(true, true, false);
            case 7 -> new Orientation(true, true, true);
            case 8 -> new Orientation(true, false, true);
            default -> UPRIGHT;
        };
    }

    /// The number that the first EXIF segment gives, or 1.
    private static int exif(ByteBuffer jpeg) {
        if (jpeg.remaining() < 4 || jpeg.getShort(0) != (short) 0xffd8) return 1;
        for (int at = 2; jpeg.get(at) == (byte) 0xff && jpeg.get(at + 1) != (byte) 0xda; ) {
            int length = jpeg.getShort(at + 2) & 0xffff;
            if (jpeg.get(at + 1) == (byte) 0xe1 && startsWith(jpeg, at + 4)) {
                return tag(jpeg.slice(at + 4 + EXIF.length, length - 2 - EXIF.length));
            }
            at += 2 + length;
        }
        return 1;
    }

    private static boolean startsWith(ByteBuffer jpeg, int at) {
        for (int i = 0; i < EXIF.length; i++) if (jpeg.get(at + i) != EXIF[i]) return false;
        return true;
    }

    /// The orientation in the first directory of a TIFF.
    private static int tag(ByteBuffer tiff) {
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4), entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if ((tiff.getShort(entry) & 0xffff) == TAG) return tiff.getShort(entry + 8);
        }
        return 1;
    }

    RgbImage upright(RgbImage image) {
        if (equals(UPRIGHT)) return image;
        int width = turned ? image.height() : image.width(), height = turned ? image.width() : image.height();
        byte[] rgb = new byte[image.rgb().length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int u = right ? width - 1 - x : x, v = below ? height - 1 - y : y;
                int from = turned ? u * image.width() + v : v * image.width() + u;
                System.arraycopy(image.rgb(), 3 * from, rgb, 3 * (y * width + x), 3);
            }
        }
        return new RgbImage(width, height, rgb);
    }
}
