import com.github.weisj.jsvg.attributes.ViewBox;
import com.github.weisj.jsvg.parser.SVGLoader;
import java.awt.Color;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/// Renders the SVGs of `things.txt` on white as a corpus in Flickr30k's form, the families of training first:
/// `FOLDER OUTPUT PIXELS [APART]`. With a fourth folder the families of the test go there, and with them every
/// twentieth picture of those that training has in another style too. See README.md.
class Corpus {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int size = Integer.parseInt(args[2]);
        List<String[]> lines = Files.readAllLines(folder.resolve("things.txt")).stream()
                .map(line -> line.split("\t"))
                .filter(field -> !field[1].equals("styles"))
                .sorted(Comparator.comparing((String[] field) -> !field[1].equals("train")))
                .toList();
        if (args.length == 3) {
            write(lines, folder, Path.of(args[1]), size);
            return;
        }
        Map<Boolean, List<String[]>> parts = IntStream.range(0, lines.size())
                .boxed()
                .collect(Collectors.partitioningBy(
                        at -> apart(lines, at), Collectors.mapping(lines::get, Collectors.toList())));
        write(parts.get(false), folder, Path.of(args[1]), size);
        write(parts.get(true), folder, Path.of(args[3]), size);
    }

    private static boolean apart(List<String[]> lines, int at) {
        String[] field = lines.get(at);
        if (!field[1].equals("train")) return field[1].equals("test");
        long styles = lines.stream().filter(other -> other[4].equals(field[4])).count();
        return at % 20 == 7 && styles > 1;
    }

    private static void write(List<String[]> lines, Path folder, Path output, int size) throws IOException {
        Files.createDirectories(output);
        try (var captions = Files.newBufferedWriter(output.resolve("emoji.token"))) {
            for (String[] field : lines) {
                String name = field[0].replace(".svg", ".png");
                ImageIO.write(picture(folder.resolve(field[0]), size), "png", output.resolve(name).toFile());
                captions.write(name + "#0\t" + field[4] + ", " + field[2] + " style\n");
            }
        }
        System.out.println(lines.size() + " pictures in " + output);
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
}
