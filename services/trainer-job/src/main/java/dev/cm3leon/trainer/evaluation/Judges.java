package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.ClipScore;
import dev.cm3leon.metrics.ImageSimilarity;
import dev.cm3leon.metrics.Planes;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Ruler;
import dev.cm3leon.trainer.avatars.RulerMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What pictures of 64 x 64 (row-major RGB) are judged by: the ruler and the features of a network, which are used
/// nowhere else, and of the model that is measured its image tokenizer (for its ceiling) and its CLIP (which also
/// searches and ranks candidates).
final class Judges implements AutoCloseable {

    private final Ruler ruler;
    private final MobileNetFeatures network = new MobileNetFeatures();
    private final String rulerSha256;
    private final VqTokenizer vq;
    private final ClipEncoder clip;

    private Judges(Ruler ruler, String rulerSha256, VqTokenizer vq, ClipEncoder clip) {
        this.ruler = ruler;
        this.rulerSha256 = rulerSha256;
        this.vq = vq;
        this.clip = clip;
    }

    /// @param ruler where it is kept; trained first where there is none
    static Judges open(Path ruler, ModelBundle bundle) throws IOException {
        if (!Files.exists(ruler)) {
            System.err.println("Training the ruler, once (about five minutes), into " + ruler);
            RulerMain.train(ruler, RulerMain.STEPS, System.err);
        }
        return new Judges(
                Ruler.load(ruler),
                ContentKey.sha256(Files.readAllBytes(ruler)),
                bundle.openVqTokenizer(),
                bundle.openClipEncoder());
    }

    /// SHA-256 of the ruler's weights.
    String rulerSha256() {
        return rulerSha256;
    }

    /// The word that the ruler sees for each attribute.
    List<Map<Attribute, String>> read(List<byte[]> pictures) {
        return ruler.read(pictures);
    }

    float[][] features(List<byte[]> pictures) {
        return network.of(pictures, Avatars.SIZE);
    }

    /// A picture encoded and decoded again.
    byte[] throughTokenizer(byte[] rgb) {
        return vq.decode(vq.encode(image(rgb))).rgb();
    }

    /// Mean PSNR of pictures through the tokenizer, in dB.
    static Figure fidelity(List<byte[]> pictures, UnaryOperator<byte[]> tokenizer) {
        double mean = pictures.stream()
                .mapToDouble(picture -> psnr(picture, tokenizer.apply(picture)))
                .average()
                .orElseThrow();
        return Figure.number("%.1f", mean);
    }

    /// In dB.
    static double psnr(RgbImage a, RgbImage b) {
        return ImageSimilarity.psnr(
                Planes.of(a.rgb(), a.width(), a.height(), 3), Planes.of(b.rgb(), b.width(), b.height(), 3));
    }

    static double psnr(byte[] a, byte[] b) {
        return psnr(image(a), image(b));
    }

    /// Mean CLIP score of each picture with its own prompt.
    double clipScore(List<byte[]> pictures, List<String> prompts) {
        double sum = 0;
        for (int i = 0; i < pictures.size(); i++)
            sum += ClipScore.of(clip.encode(image(pictures.get(i))), clip.encode(prompts.get(i)));
        return sum / pictures.size();
    }

    private static RgbImage image(byte[] rgb) {
        return new RgbImage(Avatars.SIZE, Avatars.SIZE, rgb);
    }

    @Override
    public void close() {
        clip.close();
        vq.close();
    }
}
