package dev.cm3leon.trainer;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Safetensors;
import dev.cm3leon.trainer.torch.TrainingLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/// One run: its configuration, its folder, who hears of it, and whether it is to stop.
///
/// The folder holds `bpe/`, `vq/`, `clip/`, `pretrain/` (each with its checkpoint and its curve) and, at the end,
/// `bundle/`.
record Run(
        String id,
        TrainingConfiguration configuration,
        Path folder,
        Consumer<TrainingEvent> events,
        BooleanSupplier stopAsked) {

    private static final JsonMapper JSON = new JsonMapper();

    Path stage(String name) {
        return folder.resolve(name);
    }

    /// Teaches until the last step and returns true, or false if asked to stop.
    boolean learn(String stage, Learner learner, long reportEvery, long validateEvery) {
        Path curve = stage(stage).resolve("curve.jsonl");
        var listener = new TrainingLoop.Listener() {
            @Override
            public void progress(
                    long step,
                    long steps,
                    double loss,
                    double tokensPerSecond,
                    double etaSeconds,
                    Map<String, Double> metrics) {
                events.accept(new TrainingEvent.TrainingProgress(
                        id, stage, step, steps, loss, tokensPerSecond, etaSeconds, metrics));
                var point = new LinkedHashMap<String, Object>();
                point.put("step", step);
                point.put("loss", loss);
                point.put("tokens_per_second", tokensPerSecond);
                point.putAll(metrics);
                append(curve, JSON.writeValueAsString(point) + "\n");
            }

            @Override
            public void saved(long step, Path checkpoint) {
                events.accept(new TrainingEvent.CheckpointSaved(
                        id, stage, step, folder.relativize(checkpoint).toString()));
            }
        };
        return new TrainingLoop(
                        stage(stage).resolve("checkpoint.safetensors"),
                        reportEvery,
                        validateEvery,
                        configuration.saveSeconds(),
                        listener,
                        stopAsked)
                .run(learner);
    }

    static void append(Path file, String line) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path file, String text) {
        Safetensors.replace(file, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
}
