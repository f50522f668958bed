import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.attributes.ViewBox;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/// Renders the SVGs of a folder. `FOLDER 64 white`: each to a PNG beside it, on white. `FOLDER 64 parts`: all parts to one
/// sheet, parts.png, a row each: left what stays whatever the paint (premultiplied RGB), right how much paint (red) and
/// alpha (green). See README.md.
class Render {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int size = Integer.parseInt(args[1]);
        if (args[2].equals("parts")) {
            sheet(folder, size);
            return;
        }
        try (var files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".svg")).sorted().toList()) {
                ImageIO.write(render(file, size, true), "png", new File(file.toString().replace(".svg", ".png")));
            }
        }
    }

    static void sheet(Path folder, int size) throws IOException {
        List<String> names = Files.readAllLines(folder.resolve("names.txt"));
        var sheet = new BufferedImage(2 * size, names.size() * size, BufferedImage.TYPE_INT_RGB);
        for (int part = 0; part < names.size(); part++) {
            var black = render(folder.resolve(names.get(part) + ".black.svg"), size, false).getRaster();
            var white = render(folder.resolve(names.get(part) + ".white.svg"), size, false).getRaster();
            for (int y = 0; y < size; y++)
                for (int x = 0; x < size; x++) {
                    int[] fixed = black.getPixel(x, y, (int[]) null);
                    int paint = Math.max(0, white.getPixel(x, y, (int[]) null)[0] - fixed[0]);
                    sheet.getRaster().setPixel(x, part * size + y, fixed);
                    sheet.getRaster().setPixel(size + x, part * size + y, new int[] {paint, fixed[3], 0});
                }
        }
        ImageIO.write(sheet, "png", folder.resolve("parts.png").toFile());
    }

    static BufferedImage render(Path file, int size, boolean onWhite) throws IOException {
        var svg = new SVGLoader().load(file.toUri().toURL());
        if (svg == null) throw new IOException("cannot read " + file);
        int big = size * 4; // then averaged: the renderer's own smoothing is coarse on thin outlines
        var picture = new BufferedImage(big, big, BufferedImage.TYPE_INT_ARGB_PRE);
        var graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        svg.render((java.awt.Component) null, graphics, new ViewBox(big, big));
        graphics.dispose();
        return shrink(picture, 4, onWhite);
    }

    /// Box filter over premultiplied values.
    static BufferedImage shrink(BufferedImage big, int factor, boolean onWhite) {
        int size = big.getWidth() / factor;
        var small = new BufferedImage(size, size, onWhite ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_INT_ARGB_PRE);
        int[] row = new int[4];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                int[] sum = new int[4];
                for (int v = 0; v < factor; v++)
                    for (int u = 0; u < factor; u++) {
                        big.getRaster().getPixel(x * factor + u, y * factor + v, row);
                        for (int c = 0; c < 4; c++) sum[c] += row[c];
                    }
                for (int c = 0; c < 4; c++) sum[c] = (sum[c] + factor * factor / 2) / (factor * factor);
                if (onWhite) for (int c = 0; c < 3; c++) sum[c] = Math.min(255, sum[c] + 255 - sum[3]);
                small.getRaster().setPixel(x, y, sum);
            }
        }
        return small;
    }
}
