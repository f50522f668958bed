package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// VizWiz: questions of blind people about their own photographs, one list with `image`, `question` and `answers`.
final class VizWiz {

    private VizWiz() {}

    static Records open(Path file, PictureFolders folders) throws IOException {
        return new JsonRecords(file, JsonElements.open(file, "")) {
            @Override
            Found found(String origin, JsonElements.Element element) {
                String image = Fields.text(element.value(), "image");
                String question = Fields.text(element.value(), "question");
                List<String> answers = Fields.answers(element.value());
                if (image.isEmpty()) return new Found.Broken(origin, "no id");
                if (question.isEmpty()) return new Found.Broken(origin, "no question");
                if (answers.isEmpty()) return new Found.Broken(origin, "no answer");
                return folders.sample(
                        origin,
                        image,
                        image,
                        new Found.Content.Answered(question, Fields.mostCommon(answers), answers));
            }
        };
    }
}
