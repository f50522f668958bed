package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.ClipScore;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Ruler;
import dev.cm3leon.trainer.torch.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// The ruler and the features of a network, which are used nowhere else, and of the model that is measured its image
/// tokenizer (for its ceiling) and its CLIP (which also searches and ranks candidates).
final class ModelJudges implements Judges, AutoCloseable {
    private static final int STEPS = 4_000; // of the ruler that the published figures are by

    private final Path file;
    private final MobileNetFeatures network = new MobileNetFeatures();
    private final VqTokenizer vq;
    private final ClipEncoder clip;
    private @Nullable Opened opened;

    private record Opened(Ruler ruler, String sha256) {}

    private ModelJudges(Path file, VqTokenizer vq, ClipEncoder clip) {
        this.file = file;
        this.vq = vq;
        this.clip = clip;
    }

    /// @param ruler where it is kept; where there is none it is trained when it is asked first
    static ModelJudges open(Path ruler, ModelBundle bundle) {
        return new ModelJudges(ruler, bundle.openVqTokenizer(), bundle.openClipEncoder());
    }

    private Opened ruler() {
        if (opened != null) return opened;
        if (!Files.exists(file)) {
            System.err.println("Training the ruler, once (about five minutes), into " + file);
            train(file);
        }
        try {
            opened = new Opened(Ruler.load(file), ContentKey.sha256(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return opened;
    }

    /// On one thread, so that its weights are the same wherever it is trained; told every hundred steps.
    private static void train(Path file) {
        int threads = torch.get_num_threads();
        Device.useThreads(1);
        long start = System.nanoTime();
        Ruler.train(
                        STEPS,
                        1,
                        (loss, step) -> System.err.printf(
                                Locale.ROOT,
                                "ruler: step %d of %d  loss %.4f  %.0f s%n",
                                step,
                                STEPS,
                                loss,
                                (System.nanoTime() - start) / 1e9))
                .save(file);
        Device.useThreads(threads);
    }

    @Override
    public String rulerSha256() {
        return ruler().sha256;
    }

    @Override
    public List<Map<Attribute, String>> read(List<byte[]> pictures) {
        return ruler().ruler.read(pictures);
    }

    @Override
    public float[][] features(List<byte[]> pictures) {
        return network.of(pictures, Avatars.SIZE);
    }

    @Override
    public byte[] throughTokenizer(byte[] rgb) {
        return vq.decode(vq.encode(Judges.image(rgb))).rgb();
    }

    @Override
    public double[] clipScores(List<byte[]> pictures, List<String> prompts) {
        return IntStream.range(0, pictures.size())
                .mapToDouble(i -> ClipScore.of(clip.encode(Judges.image(pictures.get(i))), clip.encode(prompts.get(i))))
                .toArray();
    }

    @Override
    public void close() {
        clip.close();
        vq.close();
    }
}
