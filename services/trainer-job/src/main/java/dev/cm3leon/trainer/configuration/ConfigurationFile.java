package dev.cm3leon.trainer.configuration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A [TrainingConfiguration] as JSON: what may be left out of it, and where two of them differ.
public final class ConfigurationFile {
    /// What a file may leave out, and what holds then.
    private static final Map<String, String> OPTIONAL = Map.of(
            "bpe", """
            {"splits": "gpt2"}\
            """,
            "vq", """
            {"architecture": "small", "image_size": 64,
             "encoder_width": [], "decoder_width": [], "encoder_neighbours": false,
             "channels": 128, "multipliers": [1, 1, 2, 4], "blocks": 2, "attention": [32], "latent_channels": 256,
             "writing": 0, "part": 0, "squared_error": 3, "adversarial": 0, "adversarial_from": 0, "perceptual": 0}\
            """,
            "transformer", """
            {"decay": "cosine", "betas": [0.9, 0.95], "clip": 1}\
            """,
            "defaults", """
            {"min_p": 0, "edit_guidance_scale": 7.5, "edit_image_guidance_scale": 1.5, "guidance_on": "prompt",
             "step_by_step": false}\
            """,
            "clip", """
            {"twins": 0}\
            """,
            "family", """
            {"row_column_embeddings": true, "deviation": 0.02, "position_deviation": 0.02}\
            """,
            "shards", """
            {"corpus": "", "dataset": "webdataset", "split": "", "documents": 1000, "layouts": 1, "neighbours": 2,
             "least_neighbours": 1, "without": 0.2, "captioning": 0, "aliases": 0, "max_similarity": 0.9, "query_dropout": 0.2, "whole": false,
             "sample": 10000, "licence": "not said"}\
            """,
            "objective", """
            {"spans": 1.0, "whole_segments": 0.5, "sentinel_weight": 1}\
            """,
            "execution", """
            {"micro_batch_tokens": 0, "recompute": false, "shard_optimizer": false, "save_steps": 0,
             "keep_checkpoints": 2, "device": "auto", "loaders": 1}\
            """);

    private static final String MIXTURE = """
            {"misnamed": 0}\
            """;

    /// What one training of `finetune` may leave out; its mixture is that of the whole, its decay and betas are
    /// those of `transformer`.
    private static final String FINETUNE = """
            {"batch_tokens": 0, "learning_rate": 0.00005, "warm_up": 0, "end": 0.1, "instructed": 1.0, "favourites": 0.0, "answer_weight": 1.0,
             "changed_weight": 1.0, "kept": {}, "examples": {}, "corpora": {}}\
            """;

    /// What a dataset of `finetune.corpora` may leave out.
    private static final String SOURCE = """
            {"dataset": "webdataset", "split": "", "licence": "not said"}\
            """;

    public static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private ConfigurationFile() {}

    /// @throws IllegalArgumentException naming the field, and its limit or what is known
    public static TrainingConfiguration parse(byte[] json) {
        try {
            JsonNode tree = JSON.readTree(json);
            if (tree instanceof ObjectNode whole) complete(whole);
            checkNames(tree, TrainingConfiguration.class, "");
            return JSON.treeToValue(tree, TrainingConfiguration.class);
        } catch (DatabindException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) throw refused;
            throw new IllegalArgumentException("field " + field(e) + ": " + e.getOriginalMessage(), e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /// Puts in what nothing is said of.
    private static void complete(ObjectNode whole) {
        OPTIONAL.forEach((name, usual) -> complete(whole, name, usual));
        complete(whole, "mixture", MIXTURE);
        if (!whole.has("finetune")) whole.putArray("finetune");
        for (JsonNode one : whole.get("finetune"))
            if (one instanceof ObjectNode said) {
                fill(said, FINETUNE);
                for (JsonNode source : said.get("corpora")) if (source instanceof ObjectNode its) fill(its, SOURCE);
                if (!said.has("mixture")) said.set("mixture", whole.get("mixture"));
                for (String name : List.of("decay", "betas"))
                    if (!said.has(name)) said.set(name, whole.get("transformer").get(name));
                complete(said, "mixture", MIXTURE);
            }
    }

    /// Puts in what an optional section, or a part of it, is when nothing is said.
    private static void complete(ObjectNode whole, String name, String usual) {
        if (!whole.has(name)) whole.putObject(name);
        if (whole.get(name) instanceof ObjectNode said) fill(said, usual); // no object: refused with the rest
    }

    private static void fill(ObjectNode said, String usual) {
        JSON.readTree(usual).properties().forEach(e -> {
            if (!said.has(e.getKey())) said.set(e.getKey(), e.getValue());
        });
    }

    /// Where two configurations differ in what the weights depend on, e.g. `transformer.width: 32 and 64`.
    ///
    /// @param then perhaps written before there was all that can be said now
    public static List<String> differences(JsonNode then, JsonNode now) {
        List<String> differences = new ArrayList<>();
        if (then instanceof ObjectNode whole) complete(whole);
        differences("", then, now, differences);
        return differences;
    }

    private static void differences(String path, JsonNode one, JsonNode other, List<String> differences) {
        if (List.of("name", "threads", "save_seconds", "execution", "defaults").contains(path)) return;
        if (one.isObject() && other.isObject()) {
            var names = new TreeSet<>(one.propertyNames());
            names.addAll(other.propertyNames());
            for (String name : names)
                differences(path.isEmpty() ? name : path + "." + name, one.path(name), other.path(name), differences);
        } else if (one.isArray() && other.isArray()) {
            for (int i = 0; i < Math.max(one.size(), other.size()); i++)
                differences(path + "." + i, one.path(i), other.path(i), differences);
        } else if (one.isNumber() && other.isNumber() && one.doubleValue() == other.doubleValue()) {
            return; // 0 and 0.0
        } else if (!one.equals(other)) differences.add(path + ": " + one + " and " + other);
    }

    /// Every field is there, and none that is not known.
    private static void checkNames(JsonNode node, Class<?> type, String path) {
        if (!node.isObject())
            throw new IllegalArgumentException("need a JSON object for " + (path.isEmpty() ? "the whole" : path));
        var known = new LinkedHashMap<String, Class<?>>();
        for (var component : type.getRecordComponents())
            known.put(component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT), component.getType());
        String dot = path.isEmpty() ? "" : path + ".";
        for (String name : node.propertyNames())
            if (!known.containsKey(name))
                throw new IllegalArgumentException("unknown field " + dot + name + "; known here: " + known.keySet());
        known.forEach((name, field) -> {
            JsonNode value = node.get(name);
            if (value == null) throw new IllegalArgumentException("field " + dot + name + " is missing");
            if (field.isRecord()) checkNames(value, field, dot + name);
        });
    }

    private static String field(DatabindException e) {
        var path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath())
            path.append(path.isEmpty() || step.getPropertyName() == null ? "" : ".")
                    .append(step.getPropertyName() == null ? "[" + step.getIndex() + "]" : step.getPropertyName());
        return path.isEmpty() ? "(top)" : path.toString();
    }
}
