package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.metrics.VqaAccuracy;
import dev.cm3leon.trainer.avatars.Captions.QuestionAnswer;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Report.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Questions about pictures: all of them for their short answers, and those for yes or no once more step by step.
final class Questions {
    private final List<QuestionAnswer> questions = new ArrayList<>();
    private final List<byte[]> pictures = new ArrayList<>();

    /// @param rgb the picture that it is about
    void add(QuestionAnswer question, byte[] rgb) {
        questions.add(question);
        pictures.add(rgb);
    }

    /// Asks them, and says in the section how many answers are right; nothing of those for yes or no where none is.
    void ask(String what, Asking asking, Section section) {
        Answers atOnce = asking.ask(
                what,
                IntStream.range(0, questions.size())
                        .mapToObj(i ->
                                asking.read(TextTasks.question(questions.get(i).question()), pictures.get(i), i))
                        .toList());
        int[] checks = IntStream.range(0, questions.size())
                .filter(i -> questions.get(i).isCheck())
                .toArray();
        Answers stepByStep = asking.ask(
                what + ", step by step",
                IntStream.of(checks)
                        .mapToObj(i -> asking.read(
                                TextTasks.stepByStep(questions.get(i).question()), pictures.get(i), i))
                        .toList());

        List<String> first = atOnce.texts(), mixed = new ArrayList<>(first);
        for (int n = 0; n < checks.length; n++)
            mixed.set(checks[n], TextTasks.verdict(stepByStep.texts().get(n)));
        int[] all = IntStream.range(0, questions.size()).toArray();
        section.say("answered right", right(first, all));
        section.asked("answered right", atOnce.asked());
        if (checks.length == 0) return;
        section.say("of those for yes or no", right(first, checks));
        section.say("of those for yes or no, step by step", right(mixed, checks));
        section.say("of all, those for yes or no step by step", right(mixed, all));
        section.asked("of those for yes or no, step by step", stepByStep.asked());
    }

    private Figure right(List<String> given, int[] which) {
        long right = IntStream.of(which)
                .filter(i -> isRight(given.get(i), questions.get(i).answer()))
                .count();
        return Figure.of(right, which.length);
    }

    /// Whether an answer is that of the truth, both in the normal form of VQA.
    static boolean isRight(String given, String truth) {
        return VqaAccuracy.normalise(given).equals(VqaAccuracy.normalise(truth.toLowerCase(Locale.ROOT)));
    }

    /// Says in the section how often the most frequent answer to each question is right, the picture not seen.
    ///
    /// @param many questions about many pictures
    static void guessed(List<QuestionAnswer> many, Section section) {
        Map<String, Map<String, Integer>> answers = new HashMap<>();
        for (var one : many)
            answers.computeIfAbsent(one.question(), q -> new HashMap<>()).merge(one.answer(), 1, Integer::sum);
        int most = answers.values().stream()
                .mapToInt(counts ->
                        counts.values().stream().mapToInt(n -> n).max().orElse(0))
                .sum();
        section.say(
                "with the picture not seen (the most frequent answer to each question)",
                Figure.percentOf((double) most / many.size()));
    }
}
