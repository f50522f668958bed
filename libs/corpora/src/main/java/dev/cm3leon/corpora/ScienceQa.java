package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// ScienceQA: `problems.json`, an object of questions by id. Those without a picture are no samples, and not broken.
final class ScienceQa {

    private ScienceQa() {}

    static Records open(Path file, String wanted, Path folder) throws IOException {
        return new JsonRecords(file, JsonElements.open(file, "")) {
            @Override
            @Nullable
            Found found(String origin, JsonElements.Element element) {
                JsonNode problem = element.value();
                String split = Fields.text(problem, "split"), image = Fields.text(problem, "image");
                if (!wanted.isEmpty() && !wanted.equals(split)
                        || problem.path("image").isNull()) return null;
                String question = Fields.text(problem, "question");
                if (question.isEmpty()) return new Found.Broken(origin, "no question");
                List<String> choices = new ArrayList<>();
                for (JsonNode choice : problem.path("choices")) choices.add(choice.asString(""));
                long answer = Fields.id(problem, "answer");
                if (choices.isEmpty() || choices.size() > 26 || answer < 0 || answer >= choices.size()) {
                    return new Found.Broken(origin, "no answer");
                }
                Path picture = picture(folder, file, split, element.key(), image);
                if (picture == null) return new Found.Broken(origin, "no picture");
                return PictureFolders.sample(
                        origin,
                        element.key(),
                        picture,
                        new Found.Content.MultipleChoice(
                                question,
                                Fields.text(problem, "hint"),
                                choices,
                                (int) answer,
                                Fields.text(problem, "solution")));
            }
        };
    }

    private static @Nullable Path picture(Path folder, Path problems, String split, String id, String image) {
        if (!id.matches("\\d+") || !split.matches("[a-z]+") || !image.matches("[\\w-]+\\.\\w+")) return null;
        for (Path root : List.of(folder, folder.resolve("images"), problems.resolveSibling("images"))) {
            Path file = root.resolve(split).resolve(id).resolve(image);
            if (Files.isRegularFile(file)) return file;
        }
        return null;
    }
}
