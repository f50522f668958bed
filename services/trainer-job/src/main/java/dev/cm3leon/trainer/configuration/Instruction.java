package dev.cm3leon.trainer.configuration;

import dev.cm3leon.documents.FineTuningTask;
import java.util.Arrays;
import java.util.Locale;

/// The datasets of supervised fine-tuning that our corpora can be made into, each written as its row of table 5
/// says.
public enum Instruction {
    PORTRAIT_CAPTIONS(FineTuningTask.COCO),
    PORTRAIT_PARAGRAPHS(FineTuningTask.IMAGE_PARAGRAPH),
    PORTRAIT_QUESTIONS(FineTuningTask.VQA2),
    /// Those that are answered by yes or no.
    PORTRAIT_CHECKS(FineTuningTask.VQA2),
    /// The same, with what can be seen before the verdict.
    PORTRAIT_REASONS(FineTuningTask.SCIENCEQA),
    PORTRAIT_EDITS(FineTuningTask.EDIT),
    /// Another skin.
    PORTRAIT_SKINS(FineTuningTask.EDIT),
    /// The same picture in another style.
    PORTRAIT_STYLES(FineTuningTask.EDIT),
    PORTRAIT_EDGES(FineTuningTask.CANNY_EDGES),
    SCENE_CAPTIONS(FineTuningTask.COCO),
    SCENE_PARAGRAPHS(FineTuningTask.IMAGE_PARAGRAPH),
    SCENE_QUESTIONS(FineTuningTask.VQA2),
    /// Those that are answered by yes or no.
    SCENE_CHECKS(FineTuningTask.VQA2),
    /// The same, with what can be seen before the verdict.
    SCENE_REASONS(FineTuningTask.SCIENCEQA),
    SCENE_EDITS(FineTuningTask.EDIT),
    SCENE_EDGES(FineTuningTask.CANNY_EDGES),
    SCENE_BOXES(FineTuningTask.GROUNDED),
    /// Letters and digits.
    WRITING(FineTuningTask.WRITING);

    public final FineTuningTask task;

    Instruction(FineTuningTask task) {
        this.task = task;
    }

    /// @throws IllegalArgumentException naming those there are
    public static Instruction named(String name) {
        for (Instruction one : values()) if (one.label().equals(name)) return one;
        throw new IllegalArgumentException("no finetune.examples." + name + "; known: "
                + Arrays.stream(values()).map(Instruction::label).toList());
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
