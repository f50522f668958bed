package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Report.Section;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/// Puts [OwnPictures] into the memory bank of a running platform under names and asks for them, and writes
/// `own-pictures.md`, `own-pictures.json` and a sheet: `--gateway URL --model LOCATION --output FOLDER [--seed 1]`.
///
/// Each picture is ingested twice: as it is, and as a card in a quarter of a white picture, as training shows things.
public final class OwnPicturesMain {

    private static final List<String> PROMPTS =
            List.of("%s in a green t-shirt on a yellow background", "%s at the top right on a blue background");
    private static final List<String> NAMES =
            List.of("Quibble Zorn", "Voltiko Brand", "Tumba Leery", "Sorrel Quaith", "Brindo Falk", "Marl Ossic");

    private OwnPicturesMain() {}

    public static void main(String[] arguments) throws IOException {
        Arguments.run(arguments, Set.of("--gateway", "--model", "--output", "--seed"), OwnPicturesMain::measure);
    }

    private static void measure(Arguments given) throws IOException {
        Path output = Path.of(given.required("--output"));
        ModelBundle bundle = given.model(ModelBundle.DEFAULT);
        PlatformClient platform = given.platform(bundle);
        Evaluation.Size size = new Evaluation.Size(
                OwnPictures.values().length, 2 * OwnPictures.values().length, given.number("--seed", 1));
        Asking asking = new Asking(platform, bundle, size.seed());
        Report report = new Report(size);
        List<String> titles = new ArrayList<>(List.of("ingested", "its tokens"));
        for (String prompt : PROMPTS) {
            titles.add(prompt.contains("t-shirt") ? "as a person" : "as a thing");
            titles.add("without it");
        }
        Sheet sheet = new Sheet(Avatars.SIZE, 2, 1, titles);
        try (VqTokenizer vq = bundle.openVqTokenizer()) {
            for (boolean card : new boolean[] {false, true}) {
                Section section = report.section(
                        card ? "As a card in a quarter" : "As they are",
                        "pictures of no style of training",
                        List.of(
                                "its tokens, dB",
                                "person, with it",
                                "person, without",
                                "thing, with it",
                                "thing, without"));
                for (OwnPictures picture : OwnPictures.values()) {
                    String id = "own-" + (card ? "card-" : "") + picture.ordinal();
                    String name = NAMES.get(picture.ordinal()) + (card ? " Minor" : " Major");
                    BufferedImage image = card ? onCard(picture.draw()) : picture.draw();
                    byte[] png = png(image);
                    platform.addDocument(id, name, png);
                    platform.awaitIndexed(id);
                    RgbImage read = Images.DEFAULT.read(png, "image/png", Avatars.SIZE);
                    RgbImage decoded = vq.decode(vq.encode(read));
                    byte[] seen = read.rgb(), tokens = decoded.rgb();
                    List<Map<String, Object>> requests = new ArrayList<>();
                    for (String prompt : PROMPTS) {
                        requests.add(asking.draw(prompt.formatted(name), Map.of("given", List.of(id)), 0));
                        requests.add(asking.draw(prompt.formatted(name), Map.of("documents", 0), 0));
                    }
                    Answers answers = asking.ask(name, requests);
                    List<Figure> figures = new ArrayList<>();
                    figures.add(Figure.number("%.1f", Judges.psnr(read, decoded)));
                    for (byte[] drawn : answers.pictures()) figures.add(Figure.number("%.0f", difference(seen, drawn)));
                    section.row(picture.words, figures, answers);
                    List<byte[]> row = new ArrayList<>(List.of(seen, tokens));
                    row.addAll(answers.pictures());
                    sheet.add(picture.words + (card ? ", as a card" : ""), Arrays.asList(row.toArray(byte[][]::new)));
                }
            }
        }
        sheet.write(output.resolve("own-pictures.png"));
        report.write(output, "own-pictures", bundle.id());
        System.out.println(report);
    }

    /// Mean absolute difference of a channel, of 255.
    private static double difference(byte[] a, byte[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += Math.abs((a[i] & 255) - (b[i] & 255));
        return sum / a.length;
    }

    private static BufferedImage onCard(BufferedImage picture) {
        var image = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.setColor(java.awt.Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.drawImage(picture, 0, 0, image.getWidth() / 2, image.getHeight() / 2, null);
        g.dispose();
        return image;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }
}
