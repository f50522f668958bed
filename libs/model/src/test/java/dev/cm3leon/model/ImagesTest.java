package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.RefusedImageException.Reason;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesTest {
    private static final ByteBuffer START_OF_SCAN = ByteBuffer.wrap(new byte[] {-1, (byte) 0xda});

    private final Images images = Images.DEFAULT;

    @Test
    void aPngOfTheSizeComesBackAsItIs() {
        RgbImage picture = ModelBundleTest.picture(1);

        assertThat(images.read(Images.png(picture), "image/png", 64)).isEqualTo(picture);
        assertThat(Images.png(picture)).isEqualTo(Images.png(picture));
    }

    @Test
    void takesTheMiddleSquareAndAveragesAreas() throws IOException {
        var wide =
                new BufferedImage(400, 128, BufferedImage.TYPE_INT_RGB); // green, with a checked square in the middle
        for (int x = 0; x < 400; x++) {
            for (int y = 0; y < 128; y++) {
                boolean middle = x >= 136 && x < 264;
                wide.setRGB(x, y, middle ? (x + y) % 2 == 0 ? 0xff0000 : 0x0000ff : 0x00ff00);
            }
        }

        RgbImage read = images.read(encode(wide, "png"), null, 64);

        for (int i = 0; i < 64 * 64; i++) {
            assertThat(Arrays.copyOfRange(read.rgb(), 3 * i, 3 * i + 3)).containsExactly(128, 0, 128);
        }
    }

    @Test
    void enlargesSmallImagesAndReadsJpegs() throws IOException {
        var small = new BufferedImage(3, 5, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 5; y++) for (int x = 0; x < 3; x++) small.setRGB(x, y, Color.ORANGE.getRGB());

        RgbImage read = images.read(encode(small, "jpeg"), "image/jpeg", 64);

        assertThat(Math.abs((read.rgb()[0] & 0xff) - 255)).isLessThan(8);
        assertThat(Math.abs((read.rgb()[1] & 0xff) - 200)).isLessThan(8);
    }

    @Test
    void transparentPixelsStandOnWhiteAndGreyStaysAsDarkAsItIs() throws IOException {
        var clear = new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB);
        clear.setRGB(0, 0, 0x80ff0000);
        var grey = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 64 * 64; i++) grey.getRaster().setSample(i % 64, i / 64, 0, 100);

        RgbImage onWhite = images.read(encode(clear, "png"), null, 64);

        assertThat(Arrays.copyOf(onWhite.rgb(), 6)).containsExactly(255, 127, 127, 255, 255, 255);
        assertThat(images.read(encode(grey, "png"), null, 64).rgb()).containsOnly(100);
    }

    /// Turned whole and averaged, or averaged as it is held: the same to the bit.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void howACameraWasHeldMakesNoDifferenceToTheAverage(int orientation) throws IOException {
        byte[] jpeg;
        try (var in = ImagesTest.class.getResourceAsStream("/resize/orientation" + orientation + ".jpg")) {
            jpeg = in.readAllBytes();
        }
        byte[] upright = Images.png(images.read(jpeg, null));

        assertThat(images.read(jpeg, null, 13)).isEqualTo(images.read(upright, null, 13));
    }

    @Test
    void refusesTooManyBytesBeforeAnythingElse() {
        refused(new Images(1000, 10), new byte[1001], null, Reason.TOO_MANY_BYTES, "need at most 1000 bytes, got 1001");
    }

    /// 60,000 x 60,000 pixels in a header of a few bytes: decoding it would take 14 GB.
    @Test
    void refusesTooManyPixelsByTheHeaderAlone() {
        byte[] bomb = header(60_000, 60_000);

        refused(images, bomb, "image/png", Reason.TOO_MANY_PIXELS, "need at most 16000000 pixels, got 60000 x 60000");
    }

    /// 4000 x 4000 pixels are allowed, and of 16 bits a channel with alpha they are 128 MB.
    @Test
    void refusesTooManyBytesOfPixelsByTheHeaderAlone() {
        byte[] bomb = header(4000, 4000, 16, 6);

        refused(
                images,
                bomb,
                "image/png",
                Reason.TOO_MANY_PIXELS,
                "need at most 64000000 bytes of pixels, got 4000 x 4000 of 64 bits");
    }

    /// Of 8 MiB of scans of a few bytes each one picture would be decoded for hours.
    @Test
    void refusesAJpegOfTooManyScans() throws IOException {
        byte[] ten = progressive();

        assertThat(JpegScans.count(ten)).isEqualTo(10);
        assertThat(images.read(withScans(ten, 90), "image/jpeg", 64).width()).isEqualTo(64);
        refused(images, withScans(ten, 91), null, Reason.TOO_MANY_PIXELS, "at most 100 scans, got 101");
    }

    /// A thumbnail has scans of its own, and what comes behind the picture may have anything.
    @Test
    void scansInsideASegmentOrBehindThePictureDoNotCount() throws IOException {
        byte[] jpeg = progressive();
        byte[] many = new byte[2 * 200];
        for (int i = 0; i < 200; i++) START_OF_SCAN.get(0, many, 2 * i, 2);
        var padded = ByteBuffer.allocate(jpeg.length + 4 + 2 * many.length)
                .put(jpeg, 0, 2)
                .putShort((short) 0xffe1)
                .putShort((short) (2 + many.length))
                .put(many)
                .put(jpeg, 2, jpeg.length - 2)
                .put(many);

        assertThat(images.read(padded.array(), null, 64)).isEqualTo(images.read(jpeg, null, 64));
    }

    /// The decoder passes over a marker that there is none of in the midst of a scan, and over tables alone.
    @Test
    void noScanIsHiddenBehindWhatTheDecoderPassesOver() {
        byte[] passedOver = {-1, (byte) 0xd8, -1, (byte) 0xd9, -1, 0x10, 0, 100, -1, 0, -1, -1, (byte) 0xda, 0};

        assertThat(JpegScans.count(passedOver)).isEqualTo(1);
    }

    @Test
    void refusesWhatLiesAboutItsType() {
        byte[] png = Images.png(ModelBundleTest.picture(1));

        refused(images, png, "image/jpeg", Reason.WRONG_FORMAT, "image/jpeg");
        byte[] disguised = png.clone();
        disguised[0] = (byte) 0xff;
        disguised[1] = (byte) 0xd8;
        disguised[2] = (byte) 0xff;
        refused(images, disguised, "image/jpeg", Reason.UNREADABLE, "JPEG");
    }

    @Test
    void refusesWhatCannotBeRead() {
        byte[] png = Images.png(ModelBundleTest.picture(1));

        refused(images, new byte[0], null, Reason.UNREADABLE, "PNG");
        refused(images, "GIF89a...".getBytes(), "image/gif", Reason.UNREADABLE, "PNG");
        refused(images, Arrays.copyOf(png, 100), null, Reason.UNREADABLE, "cannot be decoded");
        refused(images, header(0, 5), null, Reason.UNREADABLE, "cannot be decoded");
        for (int i = 8; i < png.length; i += 7) { // damaged anywhere: refused or read, never anything else
            byte[] damaged = png.clone();
            damaged[i] ^= 0x55;
            try {
                images.read(damaged, null, 64);
            } catch (RefusedImageException e) {
                assertThat(e.reason()).isIn(Reason.UNREADABLE, Reason.TOO_MANY_PIXELS);
            }
        }
    }

    @Test
    void planesAreWithinOneAndComeBack() {
        RgbImage picture = ModelBundleTest.picture(2);

        for (float value : picture.planes()) assertThat(value).isBetween(-1f, 1f);
        assertThat(RgbImage.fromPlanes(picture.planes(), 64, 64)).isEqualTo(picture);
        assertThat(RgbImage.fromPlanes(new float[] {-3, 0, 3}, 1, 1).rgb()).containsExactly(0, 128, 255);
    }

    private static void refused(Images images, byte[] bytes, String mediaType, Reason reason, String message) {
        assertThatThrownBy(() -> images.read(bytes, mediaType, 64))
                .isInstanceOfSatisfying(
                        RefusedImageException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    private static byte[] encode(BufferedImage image, String format) throws IOException {
        var out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    private static byte[] progressive() throws IOException {
        var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        var out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            var parameters = writer.getDefaultWriteParam();
            parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(ModelBundleTest.picture(1).buffered(), null, null), parameters);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /// Its last scan this many times more.
    private static byte[] withScans(byte[] progressive, int more) {
        int scan = progressive.length - 2;
        while (ByteBuffer.wrap(progressive).getShort(scan) != START_OF_SCAN.getShort(0)) scan--;
        int length = progressive.length - 2 - scan;
        var made = ByteBuffer.allocate(progressive.length + more * length).put(progressive, 0, scan);
        for (int i = 0; i <= more; i++) made.put(progressive, scan, length);
        return made.put(progressive, progressive.length - 2, 2).array();
    }

    /// A PNG's signature and first chunk, then nothing.
    private static byte[] header(int width, int height) {
        return header(width, height, 8, 2);
    }

    private static byte[] header(int width, int height, int depth, int colours) {
        var chunk = ByteBuffer.allocate(17).put("IHDR".getBytes()).putInt(width).putInt(height);
        chunk.put((byte) depth).put((byte) colours).put((byte) 0).put((byte) 0).put((byte) 0);
        var crc = new CRC32();
        crc.update(chunk.array());
        return ByteBuffer.allocate(8 + 4 + 17 + 4)
                .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})
                .putInt(13)
                .put(chunk.array())
                .putInt((int) crc.getValue())
                .array();
    }
}
