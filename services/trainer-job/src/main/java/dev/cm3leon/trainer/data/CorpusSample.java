package dev.cm3leon.trainer.data;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.corpora.Preparation;
import dev.cm3leon.corpora.WholeFile;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.vq.Pictures;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/// Captioned pictures of a corpus that the tokenizers and the encoder of search learn from: every so many-th of
/// all, so that a sorted corpus is met from end to end, decoded once into a file from which any of them is
/// read. Some pictures, each with all of its captions, are not learned from but scored on; they are the last.
///
/// @param captions of the pictures
/// @param places of the pictures in the file, one for each caption
/// @param learned how many from the first on are learned from
/// @param pixels the pictures one after the other, `size` x `size` interleaved RGB
public record CorpusSample(List<String> captions, List<Integer> places, int learned, FileChannel pixels, int size) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int HELD_OUT = 256;

    /// @param picture a hash of its pixels
    private record Kept(String caption, int picture) {}

    /// The sample of a run's corpus; made where it is not there yet.
    public static CorpusSample of(Run run) {
        Path folder = run.stage("sample"), kept = folder.resolve("sample.json"), pixels = folder.resolve("rgb");
        try {
            Files.createDirectories(folder);
            if (!Files.exists(kept)) make(run.configuration(), kept, pixels);
            List<Kept> all = List.of(JSON.readValue(Files.readAllBytes(kept), Kept[].class));
            return of(all, FileChannel.open(pixels), run.configuration().vq().imageSize());
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    private static CorpusSample of(List<Kept> all, FileChannel pixels, int size) {
        List<Integer> pictures =
                all.stream().map(Kept::picture).distinct().sorted().toList();
        int heldOut = Math.max(1, Math.min(HELD_OUT, pictures.size() / 4));
        var held = new HashSet<>(pictures.subList(0, heldOut));
        List<Integer> learned = new ArrayList<>(), scored = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) (held.contains(all.get(i).picture()) ? scored : learned).add(i);
        List<Integer> places = new ArrayList<>(learned);
        places.addAll(scored);
        List<String> captions =
                places.stream().map(place -> all.get(place).caption()).toList();
        return new CorpusSample(captions, places, learned.size(), pixels, size);
    }

    private static void make(TrainingConfiguration configuration, Path sample, Path pixels) throws IOException {
        TrainingConfiguration.Shards settings = configuration.shards();
        long samples = 0;
        try (Corpus corpus = Parts.open(settings.source())) {
            for (Found found = corpus.next(); found != null; found = corpus.next())
                if (found instanceof Found.Sample) samples++;
        }
        long every = Math.max(1, Math.ceilDiv(samples, settings.sample()));
        List<Kept> kept = new ArrayList<>();
        Path unfinished = pixels.resolveSibling(pixels.getFileName() + ".part");
        try (Corpus corpus = Parts.open(settings.source());
                var out = new BufferedOutputStream(Files.newOutputStream(unfinished))) {
            long at = 0;
            for (Found found = corpus.next(); found != null; found = corpus.next()) {
                if (!(found instanceof Found.Sample one) || at++ % every != 0) continue;
                Optional<RgbImage> picture =
                        Parts.picture(one, configuration.vq().imageSize());
                if (picture.isEmpty()) continue; // prepare counts them
                byte[] rgb = picture.get().rgb();
                out.write(rgb);
                kept.add(new Kept(Preparation.text(one), Options.mix(Arrays.hashCode(rgb))));
            }
        }
        long pictures = kept.stream().map(Kept::picture).distinct().count();
        if (pictures < 2)
            throw new RefusedException("shards.corpus = " + settings.corpus() + " has " + pictures
                    + " different captioned pictures that can be read, need 2 at least");
        WholeFile.replace(unfinished, pixels);
        Run.write(sample, JSON.writeValueAsString(kept));
    }

    public int count() {
        return captions.size();
    }

    public byte[] picture(int i) {
        byte[] rgb = new byte[3 * size * size];
        try {
            var buffer = ByteBuffer.wrap(rgb);
            while (buffer.hasRemaining()
                    && pixels.read(buffer, (long) places.get(i) * rgb.length + buffer.position()) > 0) {}
            if (buffer.hasRemaining()) throw new IOException("the sample of the corpus breaks off at picture " + i);
            return rgb;
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    public Pictures pictures() {
        return new Pictures(
                random -> picture(random.nextInt(learned)),
                random -> picture(learned + random.nextInt(count() - learned)));
    }
}
