package dev.cm3leon.trainer;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RefusedImageException;
import dev.cm3leon.trainer.vq.Pictures;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// Captioned pictures of a corpus that the tokenizers and the encoder of search learn from: every so many-th of
/// all, so that a sorted corpus is met from end to end, decoded once into a file from which any of them is
/// read. The last of them are not learned from but scored on.
///
/// @param captions of the pictures, in their order
/// @param pixels the pictures one after the other, `size` x `size` interleaved RGB
record CorpusSample(List<String> captions, FileChannel pixels, int size) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int HELD_OUT = 256;

    /// The sample of a run's corpus; made where it is not there yet.
    static CorpusSample of(Run run) {
        Path folder = run.stage("sample"), captions = folder.resolve("captions.json"), pixels = folder.resolve("rgb");
        try {
            Files.createDirectories(folder);
            if (!Files.exists(captions)) make(run.configuration(), captions, pixels);
            String[] all = JSON.readValue(Files.readAllBytes(captions), String[].class);
            return new CorpusSample(
                    List.of(all),
                    FileChannel.open(pixels),
                    run.configuration().vq().imageSize());
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void make(TrainingConfiguration configuration, Path captions, Path pixels) throws IOException {
        TrainingConfiguration.Shards settings = configuration.shards();
        long samples = 0;
        try (Corpus corpus = open(settings)) {
            for (Found found = corpus.next(); found != null; found = corpus.next())
                if (found instanceof Found.Sample) samples++;
        }
        long every = Math.max(1, Math.ceilDiv(samples, settings.sample()));
        List<String> kept = new ArrayList<>();
        try (Corpus corpus = open(settings);
                var out = new BufferedOutputStream(Files.newOutputStream(pixels))) {
            long at = 0;
            for (Found found = corpus.next(); found != null; found = corpus.next()) {
                if (!(found instanceof Found.Sample sample) || at++ % every != 0) continue;
                try {
                    byte[] picture = sample.picture().read();
                    out.write(Images.DEFAULT
                            .read(picture, null, configuration.vq().imageSize())
                            .rgb());
                    kept.add(caption(sample.content()));
                } catch (RefusedImageException | IOException e) {
                    // prepare counts those that cannot be read
                }
            }
        }
        if (kept.size() < 2)
            throw new RefusedException("shards.corpus = " + settings.corpus() + " has " + kept.size()
                    + " captioned pictures that can be read, need 2 at least");
        Path unfinished = captions.resolveSibling("captions.part");
        Files.write(unfinished, JSON.writeValueAsBytes(kept));
        Files.move(unfinished, captions, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The corpus from its start.
    static Corpus open(TrainingConfiguration.Shards settings) throws IOException {
        return Corpus.open(
                Dataset.of(settings.dataset()), Path.of(settings.corpus()), settings.split(), Corpus.Cursor.START);
    }

    /// What is said of a picture: its caption, or a question with its answer.
    static String caption(Found.Content content) {
        return switch (content) {
            case Found.Content.Caption(String text) -> text;
            case Found.Content.LongCaption(String text) -> text;
            case Found.Content.Answered answered ->
                "Question: " + answered.question() + " Answer: " + answered.answer() + ".";
            case Found.Content.MultipleChoice choice ->
                "Question: " + choice.question() + "\nOptions: " + choice.options() + "\nAnswer: "
                        + choice.answerLetter() + ".";
        };
    }

    int count() {
        return captions.size();
    }

    /// How many from the first on are learned from.
    int learned() {
        return count() - heldOut();
    }

    private int heldOut() {
        return Math.max(1, Math.min(HELD_OUT, count() / 4));
    }

    byte[] picture(int i) {
        byte[] rgb = new byte[3 * size * size];
        try {
            var buffer = ByteBuffer.wrap(rgb);
            while (buffer.hasRemaining() && pixels.read(buffer, (long) i * rgb.length + buffer.position()) > 0) {}
            if (buffer.hasRemaining()) throw new IOException("the sample of the corpus breaks off at picture " + i);
            return rgb;
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    Pictures pictures() {
        int learned = learned();
        return new Pictures(
                random -> picture(random.nextInt(learned)), random -> picture(learned + random.nextInt(heldOut())));
    }
}
