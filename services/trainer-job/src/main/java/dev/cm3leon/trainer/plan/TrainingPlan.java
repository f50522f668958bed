package dev.cm3leon.trainer.plan;

import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.transformer.TransformerConfiguration.Initialisation;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a training takes by arithmetic alone: nothing of it was measured.
///
/// @param size of the model
/// @param tokens to be learned from
/// @param batchTokens of a step
/// @param gpus that divide each batch
/// @param gpu each of them
/// @param utilization share of a GPU's peak that is used
public record TrainingPlan(ModelSize size, double tokens, long batchTokens, int gpus, Gpu gpu, double utilization) {

    /// @param flops a second at its peak in bfloat16
    public enum Gpu {
        A100(312e12, 80e9),
        H100(989e12, 80e9),
        H200(989e12, 141e9);

        private final double flops;
        private final double memory;

        Gpu(double flops, double memory) {
            this.flops = flops;
            this.memory = memory;
        }
    }

    public TrainingPlan {
        within("--gpus", gpus, 1, 100_000);
        within("--batch-tokens", batchTokens, size.context(), 1L << 30);
        if (!(tokens >= batchTokens))
            throw new IllegalArgumentException("need --tokens >= " + batchTokens + ", got " + tokens);
        if (!(utilization > 0 && utilization <= 1))
            throw new IllegalArgumentException("need 0 < --utilization <= 1, got " + utilization);
        if (batchTokens / gpus < size.context())
            throw new IllegalArgumentException("need --gpus <= %d for a batch of %d tokens in sequences of %d, got %d"
                    .formatted(batchTokens / size.context(), batchTokens, size.context(), gpus));
    }

    /// As the paper did it.
    public static TrainingPlan of(ModelSize size) {
        return new TrainingPlan(size, size.tokens(), size.batchTokens(), size.gpus(), Gpu.A100, 0.4);
    }

    public long steps() {
        return Math.round(tokens / batchTokens);
    }

    /// Of one token, forward and backward: `6 (12 L d^2 + V d)` for the maps, and `6 L d T` for attention that looks
    /// back over half of the context on average.
    public double flopsPerToken() {
        double L = size.layers(), d = size.width(), V = size.vocabulary(), T = size.context();
        return 6 * (12 * L * d * d + V * d) + 6 * L * d * T;
    }

    public double flops() {
        return flopsPerToken() * tokens;
    }

    /// Of all GPUs together.
    public double tokensPerSecond() {
        return gpus * gpu.flops * utilization / flopsPerToken();
    }

    public double days() {
        return tokens / tokensPerSecond() / 86_400;
    }

    public long tokensPerGpu() {
        return batchTokens / gpus;
    }

    /// Bytes of weights and gradients in float, the same on every GPU.
    public double weightBytes() {
        return 8.0 * size.parameters(true);
    }

    /// Bytes of Adam's two moments in float: all of them, or a GPU's part where they divide them (ZeRO, first stage).
    public double optimizerBytes(boolean divided) {
        return 8.0 * size.parameters(true) / (divided ? gpus : 1);
    }

    /// Bytes that a micro-batch of these sequences keeps for the way back, in bfloat16 with fused attention:
    /// 34 a value of the stream in each layer, or, where layers are computed again, 2 and one layer whole;
    /// and the logits in float.
    public double activationBytes(int sequences, boolean recompute) {
        double stream = (double) sequences * size.context() * size.width();
        double layers = recompute ? 2 * stream * size.layers() + 34 * stream : 34 * stream * size.layers();
        return layers + 4.0 * sequences * size.context() * size.vocabulary() * 2;
    }

    /// Bytes on each GPU when one sequence at a time is learned from.
    public double leastBytes() {
        return weightBytes() + optimizerBytes(true) + activationBytes(1, true);
    }

    public boolean fits() {
        return leastBytes() <= gpu.memory;
    }

    /// All of it by name.
    public Map<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("size", size.name());
        json.put("layers", size.layers());
        json.put("width", size.width());
        json.put("heads", size.heads());
        json.put("context", size.context());
        json.put("vocabulary", size.vocabulary());
        json.put("parameters_tied", size.parameters(true));
        json.put("parameters_untied", size.parameters(false));
        json.put("peak_learning_rate", size.peakRate());
        json.put("warm_up", size.warmUp());
        json.put("batch_tokens", batchTokens);
        json.put("tokens", tokens);
        json.put("steps", steps());
        json.put("gpus", gpus);
        json.put("gpu", gpu.name());
        json.put("utilization", utilization);
        json.put("tokens_per_gpu", tokensPerGpu());
        json.put("flops_per_token", flopsPerToken());
        json.put("flops", flops());
        json.put("days", days());
        json.put("weight_bytes", weightBytes());
        json.put("optimizer_bytes", optimizerBytes(false));
        json.put("optimizer_bytes_divided", optimizerBytes(true));
        json.put("activation_bytes_per_sequence", activationBytes(1, false));
        json.put("activation_bytes_per_sequence_recomputed", activationBytes(1, true));
        json.put("least_bytes_per_gpu", leastBytes());
        json.put("fits", fits());
        return json;
    }

    String text() {
        var text = new StringBuilder();
        text.append("CM3Leon %s: %d layers, width %d, %d heads, context %d, vocabulary %d\n"
                .formatted(size.name(), size.layers(), size.width(), size.heads(), size.context(), size.vocabulary()));
        line(
                text,
                "parameters",
                "%,d tied, %,d untied (12 L d^2 + V d + %d d)",
                size.parameters(true),
                size.parameters(false),
                size.places());
        if (size.configuration().parameters() > Parameters.MOST)
            line(
                    text,
                    "this trainer",
                    "cannot train this size: a bundle holds at most %,d parameters",
                    Parameters.MOST);
        Initialisation first = size.configuration().initialisation();
        line(
                text,
                "initialisation",
                "normal, deviation %s cut at 3; positions %s; what writes to the stream 0",
                decimal(first.weights()),
                decimal(first.positions()));
        line(text, "batch", "%,d tokens a step, %,d on each of %d GPUs", batchTokens, tokensPerGpu(), gpus);
        line(text, "learning rate", "%s at its peak, %d steps of warm-up", size.peakRate(), size.warmUp());
        line(text, "tokens", "%s in %,d steps", engineering(tokens), steps());
        line(text, "operations", "%s a token, %s in all", engineering(flopsPerToken()), engineering(flops()));
        line(
                text,
                "time",
                "%.1f days on %d %s at %.0f %% of their peak of %.0f TFLOP/s",
                days(),
                gpus,
                gpu,
                100 * utilization,
                gpu.flops / 1e12);
        line(
                text,
                "memory of a GPU",
                "%.1f GB weights and gradients, %.1f GB optimizer (%.2f divided among the GPUs)",
                weightBytes() / 1e9,
                optimizerBytes(false) / 1e9,
                optimizerBytes(true) / 1e9);
        line(
                text,
                "",
                "%.1f GB activations a sequence, %.1f where layers are computed again",
                activationBytes(1, false) / 1e9,
                activationBytes(1, true) / 1e9);
        line(
                text,
                "",
                "%.1f GB at least with both: %s one %s",
                leastBytes() / 1e9,
                fits() ? "fits" : "does not fit",
                gpu);
        if (size.finetuneGpus() > 0)
            line(
                    text,
                    "fine-tuning",
                    "30 G tokens, batch 2 M, learning rate 5e-05, warm-up 150, %d GPUs in the paper",
                    size.finetuneGpus());
        return text.append("By arithmetic; nothing of this was run here.\n").toString();
    }

    private static void line(StringBuilder text, String what, String format, Object... values) {
        text.append("  %-16s ".formatted(what)).append(format.formatted(values)).append('\n');
    }

    private static String decimal(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private static String engineering(double value) {
        String[] units = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
        int unit = 0;
        while (value >= 1000 && unit + 1 < units.length) {
            value /= 1000;
            unit++;
        }
        return "%.2f%s".formatted(value, unit == 0 ? "" : " " + units[unit]);
    }

    private static void within(String option, long value, long least, long most) {
        if (value < least || value > most)
            throw new IllegalArgumentException("need " + least + " <= " + option + " <= " + most + ", got " + value);
    }
}
