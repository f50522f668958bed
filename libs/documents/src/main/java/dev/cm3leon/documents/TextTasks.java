package dev.cm3leon.documents;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The words in which a text about a picture is asked for (table 5 of the paper), up to where it is to stand.
public final class TextTasks {
    public static final String DESCRIBE = FineTuningTask.COCO.front(1, "caption", Map.of());

    /// The wording of [FineTuningTask#SCIENCEQA] that says why before it says what.
    public static final int STEP_BY_STEP = 1;

    private static final Pattern YES_OR_NO = Pattern.compile(
            "(am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)(n't)?\\s.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern VERDICT = Pattern.compile("so the answer is (.*)$", Pattern.CASE_INSENSITIVE);

    private TextTasks() {}

    /// A question for its short answer.
    public static String question(String question) {
        return FineTuningTask.VQA2.front(0, "answer", Map.of("question", question));
    }

    /// A question for yes or no, what can be seen to be said before.
    public static String stepByStep(String question) {
        return FineTuningTask.SCIENCEQA.front(STEP_BY_STEP, "explanation", check(question));
    }

    /// Whether a question is answered by yes or no, by its first word: `Is the hair red?`; not one that says what to
    /// choose from (`Is it a cat or a dog?`).
    public static boolean isForYesOrNo(String question) {
        return YES_OR_NO.matcher(question.strip()).matches()
                && !question.toLowerCase(Locale.ROOT).contains(" or ");
    }

    /// What [FineTuningTask#SCIENCEQA] is filled with by a question for yes or no.
    public static Map<String, String> check(String question) {
        return Map.of("question", question, "context", "none", "choices", "yes, no");
    }

    /// What an answer to [#stepByStep] comes to, its last words; all of it where it comes to nothing.
    public static String verdict(String answer) {
        Matcher verdict = VERDICT.matcher(answer);
        return verdict.find() ? verdict.group(1) : answer;
    }
}
