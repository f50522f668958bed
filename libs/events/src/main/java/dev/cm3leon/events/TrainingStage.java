package dev.cm3leon.events;

import java.util.Arrays;
import java.util.Locale;

/// The stages of a training run, in their order.
public enum TrainingStage {
    BPE(false),
    VQ(false),
    DECODER(false),
    CLIP(false),
    PREPARE(true),
    PRETRAIN(true),
    FINETUNE(true),
    EVALUATE(false),
    EXPORT(false),
    PUBLISH(false);

    private final boolean together;

    TrainingStage(boolean together) {
        this.together = together;
    }

    /// As command lines and settings name it.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whether all workers of a job take part; else one does it.
    public boolean isTogether() {
        return together;
    }

    /// Whether this is the name of a stage that all workers take part in.
    public static boolean isTogether(String id) {
        return Arrays.stream(values())
                .anyMatch(stage -> stage.together && stage.id().equals(id));
    }
}
