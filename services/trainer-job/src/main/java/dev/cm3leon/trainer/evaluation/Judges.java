package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.ImageSimilarity;
import dev.cm3leon.metrics.Planes;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What pictures of 64 x 64 (row-major RGB) are judged by.
interface Judges {

    /// SHA-256 of the ruler's weights.
    String rulerSha256();

    /// The word that the ruler sees for each attribute.
    List<Map<Attribute, String>> read(List<byte[]> pictures);

    /// What a network sees on each, used nowhere else.
    float[][] features(List<byte[]> pictures);

    /// A picture encoded and decoded again.
    byte[] throughTokenizer(byte[] rgb);

    /// CLIP score of each picture with its own prompt.
    double[] clipScores(List<byte[]> pictures, List<String> prompts);

    /// Mean PSNR of pictures through the tokenizer, in dB.
    static Figure fidelity(List<byte[]> pictures, UnaryOperator<byte[]> tokenizer) {
        return Figure.mean(
                "%.1f",
                pictures.stream()
                        .mapToDouble(picture -> psnr(picture, tokenizer.apply(picture)))
                        .toArray());
    }

    /// In dB.
    static double psnr(RgbImage a, RgbImage b) {
        return ImageSimilarity.psnr(
                Planes.of(a.rgb(), a.width(), a.height(), 3), Planes.of(b.rgb(), b.width(), b.height(), 3));
    }

    static double psnr(byte[] a, byte[] b) {
        return psnr(image(a), image(b));
    }

    static RgbImage image(byte[] rgb) {
        return new RgbImage(Avatars.SIZE, Avatars.SIZE, rgb);
    }
}
