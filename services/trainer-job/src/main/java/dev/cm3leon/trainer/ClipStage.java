package dev.cm3leon.trainer;

import dev.cm3leon.model.clip.SentenceEncoder;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.clip.ClipModel;
import dev.cm3leon.trainer.clip.ContrastiveTraining;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Safetensors;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;

/// Trains the encoder of search on captioned portraits, on pictures of named characters as a memory bank captions them,
/// and on the emoji of the demo's bank.
final class ClipStage {
    private static final String EMOJI = "/bank/emoji.tar";
    private static final int EMOJI_EVERY = 6;

    private ClipStage() {}

    /// A caption and how its picture comes about.
    private record Captioned(String caption, java.util.function.Supplier<byte[]> picture) {}

    static boolean run(Run run) {
        Path finished = run.stage("clip").resolve("model.safetensors");
        if (Files.exists(finished)) return true;
        TrainingConfiguration.Clip settings = run.configuration().clip();
        long seed = run.configuration().seed();
        var emoji = emoji();
        List<Captioned> captions = new ArrayList<>();
        for (int i = 0; i < settings.captions(); i++)
            captions.add(captioned(Ops.random(seed, "clip caption", i), emoji));
        float[] sentences = sentences(run, captions);
        if (run.stopAsked().getAsBoolean()) return false;

        var model = new ClipModel(settings.embedding(), settings.textHidden(), Ops.random(seed, "clip weights", 0));
        var training = new ContrastiveTraining(
                model,
                seed,
                settings.batch(),
                new Schedule(settings.learningRate(), settings.steps() / 20, 0, settings.steps(), 0),
                captions.size(),
                i -> {
                    float[] sentence = new float[ClipModel.TEXT_WIDTH];
                    System.arraycopy(sentences, i * sentence.length, sentence, 0, sentence.length);
                    return new ContrastiveTraining.Pair(sentence, captions.get(i).picture);
                });
        if (!run.learn("clip", training, 20, 100)) return false;
        Safetensors.write(finished, new Weights(model.arrays(), Map.of()), Safetensors.Precision.F16);
        return true;
    }

    private static Captioned captioned(RandomGenerator random, List<Captioned> emoji) {
        if (!emoji.isEmpty() && random.nextInt(EMOJI_EVERY) == 0) return emoji.get(random.nextInt(emoji.size()));
        Portrait portrait = Portrait.forTraining(random);
        String caption =
                switch (random.nextInt(10)) {
                    case 0, 1 -> Captions.document(Names.random(random), portrait, random);
                    case 2 -> Captions.canonical(portrait);
                    default -> Captions.of(portrait, random);
                };
        return new Captioned(caption, () -> Avatars.draw(portrait));
    }

    /// Vectors of all captions, kept in a file so that a run that goes on need not compute them again.
    private static float[] sentences(Run run, List<Captioned> captions) {
        Path kept = run.stage("clip").resolve("sentences.safetensors");
        if (Files.exists(kept)) return Safetensors.read(kept).array("sentences").values();
        float[] all = new float[captions.size() * ClipModel.TEXT_WIDTH];
        try (var encoder = SentenceEncoder.open()) {
            for (int i = 0; i < captions.size() && !run.stopAsked().getAsBoolean(); i++) {
                float[] vector = encoder.encode(captions.get(i).caption);
                System.arraycopy(vector, 0, all, i * vector.length, vector.length);
            }
        }
        if (run.stopAsked().getAsBoolean()) return all;
        var array = new Weights.Array(new long[] {captions.size(), ClipModel.TEXT_WIDTH}, all);
        Safetensors.write(kept, new Weights(Map.of("sentences", array), Map.of()), Safetensors.Precision.F32);
        return all;
    }

    /// The captioned pictures of the bank's emoji shard; none if there is no such resource.
    private static List<Captioned> emoji() {
        var pictures = new TreeMap<String, byte[]>();
        var texts = new TreeMap<String, String>();
        try (InputStream in = ClipStage.class.getResourceAsStream(EMOJI)) {
            if (in == null) return List.of();
            byte[] header = new byte[512];
            while (in.readNBytes(header, 0, 512) == 512 && header[0] != 0) {
                String name = new String(header, 0, 100, StandardCharsets.UTF_8).trim();
                int size = Integer.parseInt(new String(header, 124, 11, StandardCharsets.US_ASCII).trim(), 8);
                byte[] content = in.readNBytes(size);
                if (content.length < size) throw new EOFException(EMOJI + " ends in " + name);
                in.skipNBytes((512 - size % 512) % 512);
                int dot = name.lastIndexOf('.');
                if (name.endsWith(".png")) pictures.put(name.substring(0, dot), rgb(content));
                if (name.endsWith(".txt"))
                    texts.put(name.substring(0, dot), new String(content, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pictures.entrySet().stream()
                .filter(picture -> texts.containsKey(picture.getKey()))
                .map(picture -> new Captioned(texts.getOrDefault(picture.getKey(), ""), picture::getValue))
                .toList();
    }

    private static byte[] rgb(byte[] png) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        for (int i = 0; i < rgb.length / 3; i++) {
            int pixel = image.getRGB(i % image.getWidth(), i / image.getWidth());
            for (int c = 0; c < 3; c++) rgb[3 * i + c] = (byte) (pixel >> (16 - 8 * c));
        }
        return rgb;
    }
}
