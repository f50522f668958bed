package dev.cm3leon.trainer;

import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.torch.Ops;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A search over hyper-parameters: which trials there are, what each one changes in a configuration, and how many steps
/// it is given. A trial is a training run; whether it is done is found in its folder.
///
/// @param base the configuration that trials change
/// @param parameters by path, e.g. `transformer.learning_rate`
/// @param trials how many for RANDOM and HALVING
/// @param metric of the transformer's curve that is to be low, e.g. `loss` or `nll_image_caption`
/// @param budgetSteps the transformer's steps of all trials together; what does not fit is not run
/// @param firstSteps of every trial of HALVING
/// @param factor of HALVING: one trial of so many goes on, for so many times the steps
record Sweep(
        String name,
        ObjectNode base,
        Method method,
        SequencedMap<String, Values> parameters,
        int trials,
        long seed,
        String metric,
        long budgetSteps,
        long firstSteps,
        int factor) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_TRIALS = 10_000;
    private static final List<String> FIELDS = List.of(
            "name",
            "base",
            "method",
            "parameters",
            "trials",
            "seed",
            "metric",
            "budget_steps",
            "first_steps",
            "factor");

    enum Method {
        GRID,
        RANDOM,
        HALVING
    }

    /// What a parameter may be.
    sealed interface Values {
        JsonNode draw(RandomGenerator random);

        record Choices(List<JsonNode> all) implements Values {
            @Override
            public JsonNode draw(RandomGenerator random) {
                return all.get(random.nextInt(all.size()));
            }
        }

        /// @param logarithmic whether each power of ten is as likely as the next
        /// @param whole whether only whole numbers can be
        record Range(double least, double most, boolean logarithmic, boolean whole) implements Values {
            @Override
            public JsonNode draw(RandomGenerator random) {
                double u = random.nextDouble();
                double value = logarithmic ? least * Math.pow(most / least, u) : least + (most - least) * u;
                if (whole) return JSON.valueToTree(Math.round(value));
                return JSON.valueToTree(Double.parseDouble(String.format(Locale.ROOT, "%.3e", value)));
            }
        }
    }

    /// @param number from 1
    /// @param changes of the base, by path
    record Trial(int number, SequencedMap<String, JsonNode> changes) {
        String id() {
            return "%03d".formatted(number);
        }
    }

    /// @param score of the metric, NaN while there is none
    record Result(Trial trial, double score) {}

    Sweep {
        if (!name.matches("[a-z0-9][a-z0-9.-]{0,63}"))
            throw new IllegalArgumentException("name must match [a-z0-9][a-z0-9.-]{0,63}, got " + name);
        if (parameters.isEmpty()) throw new IllegalArgumentException("need parameters, got none");
        within("trials", trials, 1, MOST_TRIALS);
        if (method == Method.GRID)
            within(
                    "product of all choices of parameters",
                    parameters.values().stream()
                            .mapToLong(values -> ((Values.Choices) values).all().size())
                            .reduce(1, (one, other) -> Math.min(MOST_TRIALS + 1, one * other)),
                    1,
                    MOST_TRIALS);
        within("budget_steps", budgetSteps, 1, 1_000_000_000_000L);
        within("first_steps", firstSteps, 1, steps(base));
        within("factor", factor, 2, 100);
    }

    private static void within(String field, long value, long least, long most) {
        if (value < least || value > most)
            throw new IllegalArgumentException("need " + least + " <= " + field + " <= " + most + ", got " + value);
    }

    /// @throws IllegalArgumentException naming the field
    static Sweep parse(String json) throws IOException {
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
        for (String name : tree.propertyNames())
            if (!FIELDS.contains(name))
                throw new IllegalArgumentException("unknown field " + name + "; known: " + FIELDS);
        for (String name : List.of("name", "base", "method", "parameters", "metric", "budget_steps"))
            if (!tree.has(name)) throw new IllegalArgumentException("field " + name + " is missing");
        Method method = method(tree.get("method").asString(""));
        ObjectNode base = base(tree.get("base"));
        var parameters = new LinkedHashMap<String, Values>();
        tree.get("parameters").properties().forEach(entry -> {
            String path = entry.getKey();
            if (path.matches("(finetune|execution|defaults)\\..*"))
                throw new IllegalArgumentException(
                        "parameters." + path + " changes nothing of pretrain, by which trials are compared");
            boolean whole = at(base, path)
                    .get(path.substring(path.lastIndexOf('.') + 1))
                    .isIntegralNumber();
            parameters.put(path, values(path, entry.getValue(), method, whole));
        });
        return new Sweep(
                tree.get("name").asString(""),
                base,
                method,
                parameters,
                (int) whole(tree, "trials", 8),
                whole(tree, "seed", 1),
                tree.get("metric").asString(""),
                whole(tree, "budget_steps", 0),
                whole(tree, "first_steps", Math.max(1, steps(base) / 8)),
                (int) whole(tree, "factor", 2));
    }

    private static long whole(JsonNode tree, String field, long usual) {
        JsonNode value = tree.path(field);
        if (value.isMissingNode()) return usual;
        if (!value.isIntegralNumber() || !value.canConvertToInt() && !field.equals("seed") && !field.endsWith("_steps"))
            throw new IllegalArgumentException("need a whole number for " + field + ", got " + value);
        return value.longValue();
    }

    /// Whether a file is a search and not a configuration.
    static boolean isOne(Path file) throws IOException {
        if (!Files.isRegularFile(file)) return false;
        try {
            return JSON.readTree(Files.readString(file)).has("budget_steps");
        } catch (JacksonException e) {
            return false; // whoever reads it as a configuration says why
        }
    }

    private static Method method(String text) {
        for (Method method : Method.values()) if (method.name().equalsIgnoreCase(text)) return method;
        throw new IllegalArgumentException("need method of grid, random, halving, got '" + text + "'");
    }

    /// A configuration in full, or the name or file of one.
    private static ObjectNode base(JsonNode node) throws IOException {
        TrainingConfiguration whole = node.isString()
                ? TrainerJob.configuration(node.stringValue())
                : ConfigurationFile.parse(node.toString().getBytes(StandardCharsets.UTF_8));
        return (ObjectNode) JSON.readTree(whole.json());
    }

    private static Values values(String path, JsonNode node, Method method, boolean whole) {
        if (node.isArray() && !node.isEmpty())
            return new Values.Choices(node.valueStream().toList());
        if (node.isObject() && node.path("min").isNumber() && node.path("max").isNumber()) {
            double least = node.get("min").doubleValue(), most = node.get("max").doubleValue();
            boolean logarithmic = node.path("scale").asString("linear").equals("log");
            if (method == Method.GRID)
                throw new IllegalArgumentException("parameters." + path + ": a grid needs a list of values");
            if (least < most && (!logarithmic || least > 0)) return new Values.Range(least, most, logarithmic, whole);
        }
        throw new IllegalArgumentException(
                "need a list of values, or min < max (> 0 for scale log), for parameters." + path + ", got " + node);
    }

    private static ObjectNode at(ObjectNode tree, String path) {
        String[] words = path.split("\\.");
        JsonNode node = tree;
        for (int i = 0; i + 1 < words.length; i++)
            node = node.isArray() && words[i].matches("\\d{1,3}")
                    ? node.path(Integer.parseInt(words[i]))
                    : node.path(words[i]);
        if (!(node instanceof ObjectNode parent) || !parent.has(words[words.length - 1]))
            throw new IllegalArgumentException("no field " + path + " in the base configuration");
        return parent;
    }

    /// The base with a trial's changes, checked.
    TrainingConfiguration configuration(Trial trial) {
        ObjectNode tree = base.deepCopy();
        trial.changes().forEach((path, value) -> at(tree, path).set(path.substring(path.lastIndexOf('.') + 1), value));
        return ConfigurationFile.parse(tree.toString().getBytes(StandardCharsets.UTF_8));
    }

    /// Whether everything before the transformer is the same in all trials. What there is of edits, scenes and
    /// examples decides what the text tokenizer reads; shards of a corpus are cut by the context and masked by the
    /// sentinels.
    boolean sharesItsStages() {
        boolean corpus = !base.path("shards").path("corpus").asString("").isEmpty();
        return parameters.keySet().stream()
                .noneMatch(path -> corpus && path.matches("transformer\\.(context|sentinels)")
                        || !path.matches("(transformer|family)\\..*|mixture\\.(?!edits$|scenes$).*"));
    }

    /// Steps of a whole trial.
    long steps() {
        return steps(base);
    }

    private static long steps(JsonNode base) {
        return base.path("transformer").path("steps").asLong();
    }

    /// All trials, the same ones each time.
    List<Trial> all() {
        List<Trial> all = new ArrayList<>();
        if (method == Method.GRID) {
            grid(new ArrayList<>(parameters.entrySet()), new LinkedHashMap<>(), all);
            return all;
        }
        for (int number = 1; number <= trials; number++) {
            RandomGenerator random = Ops.random(seed, "sweep", number);
            var changes = new LinkedHashMap<String, JsonNode>();
            parameters.forEach((path, values) -> changes.put(path, values.draw(random)));
            all.add(new Trial(number, changes));
        }
        return all;
    }

    private static void grid(
            List<Map.Entry<String, Values>> left, SequencedMap<String, JsonNode> changes, List<Trial> all) {
        if (left.isEmpty()) {
            all.add(new Trial(all.size() + 1, new LinkedHashMap<>(changes)));
            return;
        }
        var choices = (Values.Choices) left.getFirst().getValue();
        for (JsonNode value : choices.all()) {
            changes.put(left.getFirst().getKey(), value);
            grid(left.subList(1, left.size()), changes, all);
        }
        changes.remove(left.getFirst().getKey());
    }

    /// Up to which step the trials of a round go: all of it but for HALVING, whose rounds grow.
    ///
    /// @param round from 0
    long until(int round) {
        if (method != Method.HALVING) return steps();
        double until = firstSteps * Math.pow(factor, round);
        return until >= steps() ? steps() : (long) until;
    }

    /// The trials that go on after a round, the best first; empty when there is no other round.
    List<Trial> next(int round, List<Result> results) {
        if (method != Method.HALVING || until(round) >= steps()) return List.of();
        return ranked(results).stream()
                .filter(result -> Double.isFinite(result.score()))
                .limit(Math.max(1, results.size() / factor))
                .map(Result::trial)
                .toList();
    }

    /// The lowest score first; those without one last.
    static List<Result> ranked(List<Result> results) {
        return results.stream()
                .sorted((one, other) -> Double.compare(one.score(), other.score())) // NaN is the largest
                .toList();
    }
}
