import com.github.weisj.jsvg.attributes.ViewBox;
import com.github.weisj.jsvg.parser.SVGLoader;
import java.awt.Color;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import javax.imageio.ImageIO;

/// Renders the SVGs of `things.txt` on white to a WebDataset shard of captioned pictures, the families of training first:
/// `FOLDER OUTPUT.tar PIXELS`. See README.md.
class Corpus {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int size = Integer.parseInt(args[2]);
        List<String[]> lines = Files.readAllLines(folder.resolve("things.txt")).stream()
                .map(line -> line.split("\t"))
                .sorted(Comparator.comparing((String[] field) -> !field[1].equals("train")))
                .toList();
        int written = 0;
        try (var tar = new BufferedOutputStream(Files.newOutputStream(Path.of(args[1])))) {
            for (String[] field : lines) {
                var png = new ByteArrayOutputStream();
                ImageIO.write(picture(folder.resolve(field[0] + ".svg"), size), "png", png);
                entry(tar, field[0] + ".png", png.toByteArray());
                entry(tar, field[0] + ".txt", (field[4] + ", " + field[2] + " style").getBytes(StandardCharsets.UTF_8));
                written++;
            }
            tar.write(new byte[1024]);
        }
        System.out.println(written + " pictures");
    }

    /// With a margin of a sixteenth, drawn four times as large and shrunk.
    static BufferedImage picture(Path file, int size) throws IOException {
        int margin = size / 16, big = 4 * size;
        var drawn = new BufferedImage(big, big, BufferedImage.TYPE_INT_RGB);
        var graphics = drawn.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, big, big);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        new SVGLoader()
                .load(file.toUri().toURL())
                .render((java.awt.Component) null, graphics,
                        new ViewBox(4f * margin, 4f * margin, big - 8f * margin, big - 8f * margin));
        graphics.dispose();
        var small = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++) {
                int[] sum = new int[3];
                for (int i = 0; i < 16; i++) {
                    int rgb = drawn.getRGB(4 * x + i % 4, 4 * y + i / 4);
                    for (int c = 0; c < 3; c++) sum[c] += rgb >> (16 - 8 * c) & 255;
                }
                small.setRGB(x, y, (sum[0] + 8) / 16 << 16 | (sum[1] + 8) / 16 << 8 | (sum[2] + 8) / 16);
            }
        return small;
    }

    static void entry(OutputStream tar, String name, byte[] content) throws IOException {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, "%011o".formatted(content.length));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        header[156] = '0';
        put(header, 257, "ustar");
        put(header, 263, "00");
        int sum = 0;
        for (byte b : header) sum += b & 255;
        put(header, 148, "%06o\0 ".formatted(sum));
        tar.write(header);
        tar.write(content);
        tar.write(new byte[(512 - content.length % 512) % 512]);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
