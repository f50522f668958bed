package dev.cm3leon.trainer.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Prints a [TrainingPlan]: `PlanMain --size 7B [--gpus 512] [--gpu A100] [--utilization 0.4] [--tokens 2.4e12]
/// [--batch-tokens 8388608] [--json true]`. What is not said is as in the paper, or as the demo was trained.
public final class PlanMain {
    private static final List<String> OPTIONS =
            List.of("--size", "--gpus", "--gpu", "--utilization", "--tokens", "--batch-tokens", "--json");

    private PlanMain() {}

    public static void main(String[] arguments) {
        try {
            Map<String, String> options = options(arguments);
            TrainingPlan plan = plan(options);
            System.out.print(
                    options.getOrDefault("--json", "false").equals("true")
                            ? new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(plan.toJson()) + "\n"
                            : plan.text());
        } catch (IllegalArgumentException e) {
            System.err.println("plan: " + e.getMessage());
            System.exit(2);
        }
    }

    static Map<String, String> options(String... arguments) {
        return options(OPTIONS, arguments);
    }

    /// Each with a value.
    public static Map<String, String> options(List<String> known, String... arguments) {
        var options = new LinkedHashMap<String, String>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!known.contains(arguments[i]))
                throw new IllegalArgumentException("unknown option " + arguments[i] + "; known: " + known);
            if (i + 1 == arguments.length)
                throw new IllegalArgumentException("a value is missing after " + arguments[i]);
            options.put(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    static ModelSize size(Map<String, String> options) {
        String name = options.getOrDefault("--size", "");
        return ModelSize.ALL.stream()
                .filter(one -> one.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("need --size of "
                        + ModelSize.ALL.stream().map(ModelSize::name).toList() + ", got '" + name + "'"));
    }

    static TrainingPlan plan(Map<String, String> options) {
        ModelSize size = size(options);
        TrainingPlan usual = TrainingPlan.of(size);
        return new TrainingPlan(
                size,
                number(options, "--tokens", usual.tokens()),
                (long) number(options, "--batch-tokens", usual.batchTokens()),
                (int) number(options, "--gpus", usual.gpus()),
                gpu(options.getOrDefault("--gpu", usual.gpu().name())),
                number(options, "--utilization", usual.utilization()));
    }

    static TrainingPlan.Gpu gpu(String name) {
        for (TrainingPlan.Gpu gpu : TrainingPlan.Gpu.values())
            if (gpu.name().equals(name.toUpperCase(Locale.ROOT))) return gpu;
        throw new IllegalArgumentException(
                "need --gpu of " + List.of(TrainingPlan.Gpu.values()) + ", got '" + name + "'");
    }

    static double number(Map<String, String> options, String name, double otherwise) {
        String text = options.get(name);
        if (text == null) return otherwise;
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("need a number for " + name + ", got '" + text + "'", e);
        }
    }
}
