package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// VQA v2 and OK-VQA: questions in one file, answers in another, in the same order but for a little. What waits for
/// its other half is kept up to a limit.
final class VqaQuestions implements Records {
    private static final int WAITING = 20_000;

    private final Path file;
    private final String split;
    private final JsonElements questions;
    private final JsonElements annotations;
    private final PictureFolders folders;
    private final Map<Long, JsonNode> askedOnly = new LinkedHashMap<>();
    private final Map<Long, JsonNode> answeredOnly = new LinkedHashMap<>();
    private final Deque<Found> complete = new ArrayDeque<>();

    private VqaQuestions(
            Path file, String split, JsonElements questions, JsonElements annotations, PictureFolders folders) {
        this.file = file;
        this.split = split;
        this.questions = questions;
        this.annotations = annotations;
        this.folders = folders;
    }

    static Records open(Path file, PictureFolders folders) throws IOException {
        String name = file.getFileName().toString();
        Path answers = file.resolveSibling(
                name.replace("OpenEnded_mscoco_", "mscoco_").replace("_questions.json", "_annotations.json"));
        if (!Files.isRegularFile(answers)) {
            throw new Corpus.BrokenOffException("no answers beside it: " + answers.getFileName());
        }
        String split = name.substring(name.indexOf("mscoco_") + "mscoco_".length(), name.indexOf("_questions"));
        return new VqaQuestions(
                file, split, JsonElements.open(file, "questions"), JsonElements.open(answers, "annotations"), folders);
    }

    @Override
    public @Nullable Found next() {
        while (true) {
            if (!complete.isEmpty()) return complete.remove();
            JsonElements.Element question = questions.next(), annotation = annotations.next();
            boolean unnamed = question != null && Fields.id(question.value(), "question_id") < 0;
            if (question != null && !unnamed) keep(askedOnly, question.value());
            if (annotation != null) keep(answeredOnly, annotation.value());
            pair(question);
            pair(annotation);
            if (question != null && unnamed) {
                return new Found.Broken(file.getFileName() + " record " + question.key(), "no id");
            }
            Found pair = complete.poll();
            if (pair != null) return pair;
            boolean atEnd = question == null && annotation == null;
            if (atEnd && askedOnly.isEmpty() && answeredOnly.isEmpty()) return null;
            if (atEnd || askedOnly.size() > WAITING) {
                if (!askedOnly.isEmpty()) return lone(askedOnly, "a question without answers");
            }
            if (atEnd || answeredOnly.size() > WAITING) return lone(answeredOnly, "answers without a question");
        }
    }

    private static void keep(Map<Long, JsonNode> waiting, JsonNode record) {
        waiting.put(Fields.id(record, "question_id"), record);
    }

    private static Found lone(Map<Long, JsonNode> waiting, String reason) {
        Iterator<Long> ids = waiting.keySet().iterator();
        long id = ids.next();
        ids.remove();
        return new Found.Broken("question " + id, reason);
    }

    private void pair(JsonElements.@Nullable Element element) {
        if (element == null) return;
        long id = Fields.id(element.value(), "question_id");
        JsonNode asked = askedOnly.get(id), answered = answeredOnly.get(id);
        if (asked == null || answered == null) return;
        askedOnly.remove(id);
        answeredOnly.remove(id);
        complete.add(pair(id, asked, answered));
    }

    private Found pair(long id, JsonNode asked, JsonNode answered) {
        String origin = file.getFileName() + " question " + id, text = Fields.text(asked, "question");
        List<String> answers = Fields.answers(answered);
        long image = Fields.id(asked, "image_id");
        if (image < 0) return new Found.Broken(origin, "no id");
        if (text.isEmpty()) return new Found.Broken(origin, "no question");
        String best = Fields.text(answered, "multiple_choice_answer");
        if (answers.isEmpty() && best.isEmpty()) return new Found.Broken(origin, "no answer");
        if (best.isEmpty()) best = Fields.mostCommon(answers);
        return folders.sample(
                origin,
                Long.toString(id),
                "COCO_%s_%012d.jpg".formatted(split, image),
                new Found.Content.Answered(text, best, answers));
    }

    @Override
    public void close() {
        questions.close();
        annotations.close();
    }
}
