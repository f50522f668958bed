package dev.cm3leon.model;

import static dev.cm3leon.model.RefusedImageException.Reason.TOO_MANY_BYTES;
import static dev.cm3leon.model.RefusedImageException.Reason.TOO_MANY_PIXELS;
import static dev.cm3leon.model.RefusedImageException.Reason.UNREADABLE;
import static dev.cm3leon.model.RefusedImageException.Reason.WRONG_FORMAT;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// PNG and JPEG bytes from anybody to an upright RGB image, and back to PNG. What is too large is refused by its
/// header, before any pixel is decoded: a small file may be of many pixels, and of many bytes a pixel. So is a JPEG
/// that would be decoded over and over.
///
/// @param maxBytes the largest file
/// @param maxPixels the largest width x height; decoded they have 4 bytes each at the most
public record Images(int maxBytes, long maxPixels) {

    /// 8 MiB and 16 megapixels.
    public static final Images DEFAULT = new Images(8 << 20, 16_000_000);

    private static final int MOST_SCANS = 100; // of a JPEG

    private enum Format {
        PNG,
        JPEG
    }

    /// Decodes, crops the middle square, and resizes it to `size` x `size` by averaging areas; transparent pixels
    /// stand on white.
    ///
    /// @param mediaType that the sender names, such as image/png; null when none was named
    /// @throws RefusedImageException naming the limit
    public RgbImage read(byte[] bytes, @Nullable String mediaType, int size) {
        return resize(new Upright(decode(bytes, mediaType), Orientation.of(bytes)), size);
    }

    /// Decodes all of a picture, upright; transparent pixels stand on white.
    ///
    /// @throws RefusedImageException naming the limit
    public RgbImage read(byte[] bytes, @Nullable String mediaType) {
        BufferedImage image = decode(bytes, mediaType);
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int pixel = onWhite(image, x, y);
                for (int shift = 16; shift >= 0; shift -= 8) rgb[at++] = (byte) (pixel >> shift);
            }
        }
        return Orientation.of(bytes).upright(new RgbImage(image.getWidth(), image.getHeight(), rgb));
    }

    private BufferedImage decode(byte[] bytes, @Nullable String mediaType) {
        Format format = check(bytes, mediaType);
        ImageReader reader = ImageIO.getImageReadersByFormatName(format.name()).next();
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(in, true, true);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            if (pixels > maxPixels) {
                throw new RefusedImageException(
                        TOO_MANY_PIXELS,
                        "need at most %d pixels, got %d x %d"
                                .formatted(maxPixels, reader.getWidth(0), reader.getHeight(0)));
            }
            int bits = bitsOfPixel(reader);
            if (pixels * bits > 8 * 4 * maxPixels) {
                throw new RefusedImageException(
                        TOO_MANY_PIXELS,
                        "need at most %d bytes of pixels, got %d x %d of %d bits"
                                .formatted(4 * maxPixels, reader.getWidth(0), reader.getHeight(0), bits));
            }
            return reader.read(0);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException | IllegalStateException e) {
            if (e instanceof RefusedImageException refused) throw refused;
            throw new RefusedImageException(
                    UNREADABLE, "the %s cannot be decoded: %s".formatted(format, e.getMessage()));
        } finally {
            reader.dispose();
        }
    }

    /// Of what the reader makes; 0 where it can make nothing of it, and reading says why.
    private static int bitsOfPixel(ImageReader reader) throws IOException {
        var types = reader.getImageTypes(0);
        return types.hasNext() ? types.next().getColorModel().getPixelSize() : 0;
    }

    private Format check(byte[] bytes, @Nullable String mediaType) {
        if (bytes.length > maxBytes) {
            throw new RefusedImageException(
                    TOO_MANY_BYTES, "need at most %d bytes, got %d".formatted(maxBytes, bytes.length));
        }
        Format format;
        if (startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) format = Format.PNG;
        else if (startsWith(bytes, 0xff, 0xd8, 0xff)) format = Format.JPEG;
        else throw new RefusedImageException(UNREADABLE, "need a PNG or a JPEG, got neither");

        if (mediaType != null && !mediaType.equalsIgnoreCase("image/" + format)) {
            throw new RefusedImageException(WRONG_FORMAT, "need %s as named, got a %s".formatted(mediaType, format));
        }
        int scans = format == Format.JPEG ? JpegScans.count(bytes) : 0;
        if (scans > MOST_SCANS) {
            throw new RefusedImageException(
                    TOO_MANY_PIXELS,
                    "need a JPEG that goes over its pixels in at most %d scans, got %d".formatted(MOST_SCANS, scans));
        }
        return format;
    }

    private static boolean startsWith(byte[] bytes, int... signature) {
        for (int i = 0; i < signature.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xff) != signature[i]) return false;
        }
        return true;
    }

    /// A decoded image, looked at as it is held: turning a copy would take as much memory again.
    private record Upright(BufferedImage image, Orientation held) {
        int width() {
            return held.turned() ? image.getHeight() : image.getWidth();
        }

        int height() {
            return held.turned() ? image.getWidth() : image.getHeight();
        }

        int pixel(int x, int y) {
            int u = held.right() ? width() - 1 - x : x, v = held.below() ? height() - 1 - y : y;
            return held.turned() ? onWhite(image, v, u) : onWhite(image, u, v);
        }
    }

    /// The middle square, every output pixel the average of the area it covers.
    private static RgbImage resize(Upright image, int size) {
        int side = Math.min(image.width(), image.height());
        int left = (image.width() - side) / 2, top = (image.height() - side) / 2;
        double scale = (double) side / size;
        byte[] rgb = new byte[3 * size * size];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                double[] sum = new double[3];
                for (int v = (int) (y * scale); v < Math.min(side, Math.ceil((y + 1) * scale)); v++) {
                    double high = Math.min(v + 1, (y + 1) * scale) - Math.max(v, y * scale);
                    for (int u = (int) (x * scale); u < Math.min(side, Math.ceil((x + 1) * scale)); u++) {
                        double area = high * (Math.min(u + 1, (x + 1) * scale) - Math.max(u, x * scale));
                        int pixel = image.pixel(left + u, top + v);
                        for (int c = 0; c < 3; c++) sum[c] += area * (pixel >> 16 - 8 * c & 0xff);
                    }
                }
                for (int c = 0; c < 3; c++) {
                    rgb[3 * (y * size + x) + c] = (byte) Math.clamp(Math.round(sum[c] / (scale * scale)), 0, 255);
                }
            }
        }
        return new RgbImage(size, size, rgb);
    }

    private static int onWhite(BufferedImage image, int x, int y) {
        int argb = argb(image, x, y), alpha = argb >>> 24;
        if (alpha == 255) return argb;
        int rgb = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            rgb |= ((argb >> shift & 0xff) * alpha + 255 * (255 - alpha) + 127) / 255 << shift;
        }
        return rgb;
    }

    /// As `getRGB`, but grey as it is stored: Java's grey is linear light and would come out brighter.
    private static int argb(BufferedImage image, int x, int y) {
        var model = image.getColorModel();
        if (model.getNumColorComponents() != 1 || model instanceof IndexColorModel) return image.getRGB(x, y);
        int depth = model.getComponentSize(0);
        int grey = image.getRaster().getSample(x, y, 0) * 255 / ((1 << depth) - 1);
        int alpha = model.hasAlpha() ? image.getRaster().getSample(x, y, 1) * 255 / ((1 << depth) - 1) : 255;
        return alpha << 24 | grey << 16 | grey << 8 | grey;
    }

    /// The same pixels give the same bytes.
    public static byte[] png(RgbImage image) {
        var out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image.buffered(), "png", out))
                throw new IllegalStateException("this Java has no PNG writer");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
