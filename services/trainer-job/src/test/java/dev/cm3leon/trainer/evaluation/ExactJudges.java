package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Judges that never err. Their tokenizer changes each channel by one.
class ExactJudges implements Judges {

    @Override
    public String rulerSha256() {
        return "exact";
    }

    @Override
    public List<Map<Attribute, String>> read(List<byte[]> pictures) {
        return pictures.stream().map(rgb -> Seen.portrait(rgb).values()).toList();
    }

    /// The colours of three pixels.
    @Override
    public float[][] features(List<byte[]> pictures) {
        return pictures.stream()
                .map(rgb -> new float[] {rgb[0] & 255, rgb[3 * 64 * 32 + 96] & 255, rgb[3 * 64 * 60 + 97] & 255})
                .toArray(float[][]::new);
    }

    @Override
    public byte[] throughTokenizer(byte[] rgb) {
        byte[] other = rgb.clone();
        for (int i = 0; i < other.length; i++) other[i] ^= 1;
        return other;
    }

    /// One for a picture of what its prompt asks for.
    @Override
    public double[] clipScores(List<byte[]> pictures, List<String> prompts) {
        return IntStream.range(0, pictures.size())
                .mapToDouble(i -> Arrays.equals(pictures.get(i), Avatars.draw(Seen.portrait(prompts.get(i)))) ? 1 : 0)
                .toArray();
    }
}
