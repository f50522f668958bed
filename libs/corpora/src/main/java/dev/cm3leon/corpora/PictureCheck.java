package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Whether a picture can be one, by its size, its start and its end: it is not decoded.
final class PictureCheck {
    /// What no file of a shard is larger than.
    static final int MOST_BYTES = 64 << 20;

    private static final int START = 8, END = 16 << 10; // some cameras write behind the end of a picture

    /// The last chunk of a PNG, and the mark that no JPEG has among its pixels.
    private static final byte[] PNG_END = {'I', 'E', 'N', 'D'}, JPEG_END = {(byte) 0xff, (byte) 0xd9};

    private PictureCheck() {}

    /// Why a file is none, empty where it may be one.
    static String wrong(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(START);
            String format = Picture.format(start);
            if (format.isEmpty()) return "neither PNG nor JPEG";
            long size = Files.size(file);
            if (size > MOST_BYTES) return "a file of more than 64 MiB";
            in.skipNBytes(Math.max(0, size - start.length - END));
            return ends(format, in.readNBytes(END)) ? "" : "the picture breaks off";
        }
    }

    /// The same of a file of a shard.
    static String wrong(byte[] picture) {
        String format = Picture.format(picture);
        if (format.isEmpty()) return "neither PNG nor JPEG";
        byte[] end = Arrays.copyOfRange(picture, Math.max(0, picture.length - END), picture.length);
        return ends(format, end) ? "" : "the picture breaks off";
    }

    private static boolean ends(String format, byte[] end) {
        byte[] mark = format.equals("png") ? PNG_END : JPEG_END;
        for (int at = end.length - mark.length; at >= 0; at--)
            if (Arrays.equals(end, at, at + mark.length, mark, 0, mark.length)) return true;
        return false;
    }
}
