package dev.cm3leon.corpora;

import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.TextTasks;
import java.util.Map;

/// How what people wrote of a picture is asked for, in the words of a task of table 5, as the platform asks.
///
/// @param wording of the task
/// @param place of the text that is asked for
/// @param texts what the template is filled with
public record Asking(FineTuningTask task, int wording, String place, Map<String, String> texts) {

    public static Asking of(Found.Content content) {
        return switch (content) {
            case Found.Content.Caption(String text) -> described(text);
            case Found.Content.LongCaption(String text) -> described(text);
            case Found.Content.Answered(String question, String answer, var _) ->
                new Asking(FineTuningTask.VQA2, 0, "answer", Map.of("question", question, "answer", answer));
            case Found.Content.MultipleChoice choice -> {
                boolean explained = !choice.explanation().isEmpty();
                yield new Asking(
                        FineTuningTask.SCIENCEQA,
                        explained ? TextTasks.STEP_BY_STEP : 0,
                        explained ? "explanation" : "answer",
                        Map.of(
                                "question", choice.question(),
                                "context", choice.context(),
                                "choices", choice.options(),
                                "answer", choice.answerLetter(),
                                "explanation", choice.explanation()));
            }
        };
    }

    private static Asking described(String caption) {
        return new Asking(FineTuningTask.COCO, 1, "caption", Map.of("caption", caption));
    }

    /// What stands before the text that is asked for.
    public String front() {
        return task.front(wording, place, texts);
    }

    /// What is said then.
    public String answer() {
        return task.answer(wording, place, texts);
    }
}
