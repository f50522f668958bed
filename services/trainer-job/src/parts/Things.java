import com.github.weisj.jsvg.attributes.ViewBox;
import com.github.weisj.jsvg.parser.SVGLoader;
import java.awt.Color;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/// Renders the SVGs and PNGs of `things.txt` to sheets, one a split, each drawing cut to what it shows and fitted into 30 pixels
/// on white, 64 in a row: `FOLDER OUTPUT`. Beside each sheet a list: style, family, label. See README.md.
class Things {
    static final int SIZE = 30, ACROSS = 64, BIG = 240;

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]), output = Path.of(args[1]);
        List<String> lines = Files.readAllLines(folder.resolve("things.txt"));
        for (String split : List.of("train", "validation", "test", "styles")) {
            List<BufferedImage> pictures = new ArrayList<>();
            List<String> about = new ArrayList<>();
            for (String line : lines) {
                String[] field = line.split("\t");
                if (!field[1].equals(split)) continue;
                BufferedImage picture = picture(folder.resolve(field[0]));
                if (picture == null) continue;
                pictures.add(picture);
                about.add(field[2] + "\t" + field[3] + "\t" + field[4]);
            }
            int rows = (pictures.size() + ACROSS - 1) / ACROSS;
            var sheet = new BufferedImage(ACROSS * SIZE, rows * SIZE, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < pictures.size(); i++)
                sheet.getGraphics().drawImage(pictures.get(i), i % ACROSS * SIZE, i / ACROSS * SIZE, null);
            ImageIO.write(sheet, "png", new File(output.toFile(), "things-" + split + ".png"));
            Files.writeString(output.resolve("things-" + split + ".txt"), String.join("\n", about) + "\n");
            System.out.println(split + ": " + pictures.size());
        }
    }

    /// Null for what draws next to nothing or fails.
    static BufferedImage picture(Path file) throws IOException {
        var big = new BufferedImage(BIG, BIG, BufferedImage.TYPE_INT_ARGB_PRE);
        try {
            var graphics = big.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            if (file.toString().endsWith(".png")) {
                graphics.drawImage(ImageIO.read(file.toFile()), 0, 0, BIG, BIG, null);
            } else {
                var svg = new SVGLoader().load(file.toUri().toURL());
                if (svg == null) return null;
                svg.render((java.awt.Component) null, graphics, new ViewBox(BIG, BIG));
            }
            graphics.dispose();
        } catch (RuntimeException e) {
            System.err.println(file + ": " + e);
            return null;
        }
        int left = BIG, top = BIG, right = 0, bottom = 0;
        for (int y = 0; y < BIG; y++)
            for (int x = 0; x < BIG; x++)
                if (big.getRGB(x, y) >>> 24 > 24) {
                    left = Math.min(left, x);
                    right = Math.max(right, x + 1);
                    top = Math.min(top, y);
                    bottom = Math.max(bottom, y + 1);
                }
        if (right - left < BIG / 8 && bottom - top < BIG / 8) return null;
        double side = Math.max(right - left, bottom - top), scale = side / SIZE;
        double x0 = (left + right - side) / 2, y0 = (top + bottom - side) / 2;
        var small = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++) small.setRGB(x, y, mean(big, x0 + x * scale, y0 + y * scale, scale));
        return small;
    }

    /// Mean of a square over white, four samples a pixel each way, the last two bits rounded away.
    static int mean(BufferedImage big, double x0, double y0, double side) {
        double[] sum = new double[3];
        int samples = (int) Math.ceil(side * 2);
        for (int v = 0; v < samples; v++)
            for (int u = 0; u < samples; u++) {
                int x = (int) Math.floor(x0 + (u + 0.5) * side / samples);
                int y = (int) Math.floor(y0 + (v + 0.5) * side / samples);
                boolean inside = x >= 0 && y >= 0 && x < BIG && y < BIG;
                var colour = new Color(inside ? big.getRGB(x, y) : 0, true);
                double alpha = colour.getAlpha() / 255.0;
                sum[0] += 255 * (1 - alpha) + alpha * colour.getRed();
                sum[1] += 255 * (1 - alpha) + alpha * colour.getGreen();
                sum[2] += 255 * (1 - alpha) + alpha * colour.getBlue();
            }
        int rgb = 0;
        for (double channel : sum) {
            int level = (int) Math.round(channel / (samples * samples) / 255 * 51); // 52 levels compress better
            rgb = rgb << 8 | level * 5;
        }
        return rgb;
    }
}
