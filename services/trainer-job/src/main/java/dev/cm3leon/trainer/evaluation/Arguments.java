package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Options of a command line, each with a value.
record Arguments(Map<String, String> given) {

    /// What a main class does with them.
    interface Tool {
        void run(Arguments given) throws IOException;
    }

    /// An option that is not as it has to be; the message names it.
    static final class Wrong extends IllegalArgumentException {
        Wrong(String message) {
            super(message);
        }
    }

    /// Ends the process with one line and 2 where an option or a model's file is wrong, 1 where the platform refuses.
    static void run(String[] words, Set<String> known, Tool tool) throws IOException {
        try {
            tool.run(of(words, known));
        } catch (Wrong | ModelFormatException e) {
            System.err.println("evaluate: " + e.getMessage());
            System.exit(2);
        } catch (PlatformClient.Refused e) {
            System.err.println("evaluate: " + e.getMessage());
            System.exit(1);
        }
    }

    static Arguments of(String[] words, Set<String> known) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < words.length; i += 2) {
            if (!known.contains(words[i]))
                throw new Wrong("need one of %s, got %s".formatted(new TreeSet<>(known), words[i]));
            if (i + 1 == words.length) throw new Wrong("need a value after " + words[i]);
            given.put(words[i], words[i + 1]);
        }
        return new Arguments(given);
    }

    String required(String option) {
        String value = given.get(option);
        if (value == null) throw new Wrong(option + " is needed");
        return value;
    }

    String get(String option, String otherwise) {
        @Nullable String value = given.get(option);
        return value == null ? otherwise : value;
    }

    /// Of a list with commas; none where it is not given.
    Set<String> names(String option) {
        @Nullable String value = given.get(option);
        return value == null ? Set.of() : Set.of(value.split(","));
    }

    /// Of a JSON object; empty where it is not given.
    Map<String, Object> json(String option) {
        String value = get(option, "{}");
        try {
            return JsonMapper.shared().readValue(value, new TypeReference<>() {});
        } catch (JacksonException e) {
            throw new Wrong("need a JSON object for %s, got %s".formatted(option, value));
        }
    }

    /// The model to be measured: a folder or a place of the classpath.
    ModelBundle model(String otherwise) {
        return bundle(get("--model", otherwise));
    }

    /// @param location of a model that `--model` names
    static ModelBundle bundle(String location) {
        try {
            return ModelBundle.open(location);
        } catch (ModelFormatException | UncheckedIOException e) {
            throw new Wrong("need a model's folder for --model: " + e.getMessage());
        }
    }

    Dataset dataset() {
        try {
            return Dataset.of(required("--dataset"));
        } catch (IllegalArgumentException e) {
            throw new Wrong("--dataset: " + e.getMessage());
        }
    }

    /// The folder of a corpus, which has files of the dataset.
    Path corpus(String option, Dataset dataset) {
        Path folder = Path.of(required(option));
        if (!Files.isDirectory(folder)) throw new Wrong("need a folder for %s, got %s".formatted(option, folder));
        try (Corpus _ = Corpus.open(dataset, folder, "", Corpus.Cursor.START)) {
            return folder;
        } catch (IOException e) {
            throw new Wrong(option + ": " + e.getMessage());
        }
    }

    /// @param model that it has to serve
    PlatformClient platform(ModelBundle model) {
        PlatformClient platform = new PlatformClient(URI.create(get("--gateway", "http://127.0.0.1:8080")));
        String serving = platform.serving();
        if (!serving.equals(model.id()))
            throw new Wrong("the platform serves %s, not %s, which --model is".formatted(serving, model.id()));
        return platform;
    }

    int number(String option, int otherwise) {
        String value = get(option, Integer.toString(otherwise));
        try {
            int number = Integer.parseInt(value);
            if (number >= 1) return number;
        } catch (NumberFormatException e) {
            // said below
        }
        throw new Wrong("need a whole number >= 1 for %s, got %s".formatted(option, value));
    }
}
