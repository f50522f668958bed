package dev.cm3leon.corpora;

import static dev.cm3leon.documents.FineTuningTask.COCO;
import static dev.cm3leon.documents.FineTuningTask.FLICKR30K;
import static dev.cm3leon.documents.FineTuningTask.IMAGE_PARAGRAPH;
import static dev.cm3leon.documents.FineTuningTask.LOCALIZED_NARRATIVES;
import static dev.cm3leon.documents.FineTuningTask.OKVQA;
import static dev.cm3leon.documents.FineTuningTask.SCIENCEQA;
import static dev.cm3leon.documents.FineTuningTask.VIZWIZ;
import static dev.cm3leon.documents.FineTuningTask.VQA2;

import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.documents.TokenStream;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/// How what people wrote of a picture is asked for, in the words of a task of table 5.
///
/// @param wording of the task
/// @param place of the text that is asked for
/// @param texts what the template is filled with
public record Asking(FineTuningTask task, int wording, String place, Map<String, String> texts) {
    private static final Set<FineTuningTask>
            OF_CAPTIONS = Set.of(COCO, FLICKR30K, IMAGE_PARAGRAPH, LOCALIZED_NARRATIVES),
            OF_QUESTIONS = Set.of(VQA2, VIZWIZ, OKVQA);

    /// The tasks that anything is an example of.
    public static final Set<FineTuningTask> TASKS =
            Collections.unmodifiableSet(EnumSet.range(FineTuningTask.COCO, FineTuningTask.SCIENCEQA));

    /// As the platform asks.
    public static Asking of(Found.Content content) {
        return switch (content) {
            case Found.Content.Caption _, Found.Content.LongCaption _ -> of(COCO, 1, content);
            case Found.Content.Answered _ -> of(VQA2, 0, content);
            case Found.Content.MultipleChoice choice ->
                of(SCIENCEQA, choice.explanation().isEmpty() ? 0 : TextTasks.STEP_BY_STEP, choice);
        };
    }

    /// In every wording of a task that it can be written in; none where it is nothing of that task.
    public static List<Asking> all(FineTuningTask task, Found.Content content) {
        boolean fits =
                switch (content) {
                    case Found.Content.Caption _, Found.Content.LongCaption _ -> OF_CAPTIONS.contains(task);
                    case Found.Content.Answered _ -> OF_QUESTIONS.contains(task);
                    case Found.Content.MultipleChoice _ -> task == SCIENCEQA;
                };
        if (!fits) return List.of();
        boolean unexplained = content instanceof Found.Content.MultipleChoice choice
                && choice.explanation().isEmpty();
        return IntStream.range(0, unexplained ? TextTasks.STEP_BY_STEP : task.size())
                .mapToObj(wording -> of(task, wording, content))
                .toList();
    }

    private static Asking of(FineTuningTask task, int wording, Found.Content content) {
        return switch (content) {
            case Found.Content.Caption(String text) -> new Asking(task, wording, "caption", Map.of("caption", text));
            case Found.Content.LongCaption(String text) ->
                new Asking(task, wording, "caption", Map.of("caption", text));
            case Found.Content.Answered(String question, String answer, var _) ->
                new Asking(task, wording, "answer", Map.of("question", question, "answer", answer));
            case Found.Content.MultipleChoice choice ->
                new Asking(
                        task,
                        wording,
                        wording == TextTasks.STEP_BY_STEP ? "explanation" : "answer",
                        Map.of(
                                "question", choice.question(),
                                "context", choice.context(),
                                "choices", choice.options(),
                                "answer", choice.answerLetter(),
                                "explanation", choice.explanation()));
        };
    }

    /// What stands before the text that is asked for.
    public String front() {
        return task.front(wording, place, texts);
    }

    /// What is said then.
    public String answer() {
        return task.answer(wording, place, texts);
    }

    /// The example as it is trained.
    public TokenStream tokens(int[] codes, DocumentLayout layout, Function<String, int[]> encode) {
        return task.tokens(wording, texts, Map.of("image", codes), layout, encode);
    }

    /// The example asked for, as the platform asks.
    public TokenStream asked(int[] codes, DocumentLayout layout, Function<String, int[]> encode) {
        return task.asked(wording, place, texts, codes, layout, encode);
    }
}
