package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.evaluation.EvaluationSpecification.Asked;
import dev.cm3leon.trainer.evaluation.PlatformClient.Result;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Asks the platform many things at once, and keeps what was asked with what came of it.
final class Asking {

    private static final int IN_FLIGHT = 32;
    private static final String IMAGE_GUIDANCE = "image_guidance_scale", GUIDANCE_ON = "guidance_on";

    private final PlatformClient platform;
    private final ModelBundle model;
    private final long seed;
    private final Map<String, Object> sampling;

    /// @param model what the platform has to serve
    Asking(PlatformClient platform, ModelBundle model, long seed) {
        this(platform, model, seed, Map.of());
    }

    /// @param sampling settings of all requests, in place of the model's own, but for those that a request says
    Asking(PlatformClient platform, ModelBundle model, long seed, Map<String, Object> sampling) {
        this.platform = platform;
        this.model = model;
        this.seed = seed;
        this.sampling = sampling;
    }

    /// `name@version`.
    String model() {
        return model.id();
    }

    /// Requests and their results, in the same order.
    record Answers(List<Map<String, Object>> requests, List<Result> results) {

        Asked asked() {
            return Asked.of(requests, results.stream().map(Result::sampling).toList());
        }

        int size() {
            return results.size();
        }

        byte @Nullable [] picture(int i) {
            return results.get(i).rgb();
        }

        List<byte[]> pictures() {
            return results.stream().map(Answers::present).toList();
        }

        /// In lower case; empty where nothing was written.
        List<String> texts() {
            return results.stream()
                    .map(result ->
                            result.text() == null ? "" : result.text().strip().toLowerCase(Locale.ROOT))
                    .toList();
        }

        /// How many had any of these documents, by the index of the request.
        long found(java.util.function.IntFunction<Set<String>> documents) {
            return IntStream.range(0, size())
                    .filter(i -> results.get(i).evidence().stream().anyMatch(documents.apply(i)::contains))
                    .count();
        }

        private static byte[] present(Result result) {
            byte @Nullable [] rgb = result.rgb();
            if (rgb == null) throw new IllegalStateException("generation " + result.id() + " has no image");
            return rgb;
        }
    }

    /// Waits for all of them; tells how far it is every hundred.
    Answers ask(String what, List<Map<String, Object>> said) {
        List<Map<String, Object>> requests = said.stream().map(this::complete).toList();
        IntConsumer tell = done -> {
            if (done > 0 && done % 100 == 0 || done == requests.size())
                System.err.println(what + ": " + done + " of " + requests.size());
        };
        List<Result> results = platform.generate(requests, IN_FLIGHT, tell);
        for (Result result : results) {
            if (!result.model().equals(model()))
                throw new PlatformClient.Refused(
                        "the platform drew with %s, not with %s".formatted(result.model(), model()));
        }
        return new Answers(List.copyOf(requests), results);
    }

    /// With the settings of all requests, and the model's own number of candidates where it is not one: what a request
    /// says is in the hash of a specification.
    private Map<String, Object> complete(Map<String, Object> request) {
        Map<String, Object> complete = new HashMap<>(request);
        int candidates = model.defaults().candidates();
        if (candidates != 1) complete.putIfAbsent("candidates", candidates);
        if (!sampling.isEmpty()) complete.put("sampling", sampled(request));
        return complete;
    }

    private Map<String, Object> sampled(Map<String, Object> request) {
        Map<String, Object> settings = new HashMap<>(sampling);
        settings.putAll(settings(request));
        if (settings.containsKey(IMAGE_GUIDANCE)) settings.remove(GUIDANCE_ON);
        return settings;
    }

    @SuppressWarnings("unchecked") // as they are made here
    private static Map<String, Object> settings(Map<String, Object> request) {
        return (Map<String, Object>) request.getOrDefault("sampling", Map.of());
    }

    /// A picture for a prompt.
    ///
    /// @param i which of its row: with the seed it makes the seed of what is sampled
    Map<String, Object> draw(String prompt, Map<String, Object> retrieval, int i) {
        return Map.of("prompt", prompt, "retrieval", retrieval, "seed", seed(i));
    }

    /// The same with guidance on the prompt, whatever the model's own is.
    static Map<String, Object> guided(Map<String, Object> request, double scale) {
        Map<String, Object> settings = new HashMap<>(settings(request)), guided = new HashMap<>(request);
        settings.putAll(Map.of("guidance_scale", scale, GUIDANCE_ON, "prompt"));
        guided.put("sampling", settings);
        return guided;
    }

    static List<Map<String, Object>> guided(List<Map<String, Object>> requests, double scale) {
        return requests.stream().map(request -> guided(request, scale)).toList();
    }

    /// A document with a hole, no others in front.
    Map<String, Object> fill(List<Map<String, Object>> parts, int i) {
        return Map.of("parts", parts, "retrieval", Map.of("documents", 0), "seed", seed(i));
    }

    /// Words about a picture.
    Map<String, Object> read(String text, byte[] rgb, int i) {
        return fill(List.of(text(text), hole("text"), image(Avatars.png(rgb))), i);
    }

    /// Words about a picture of any size.
    Map<String, Object> read(String text, RgbImage picture, int i) {
        return fill(List.of(text(text), hole("text"), image(Images.png(picture))), i);
    }

    /// The caption of a picture, as documents of training have one in front of theirs.
    Map<String, Object> caption(RgbImage picture, int i) {
        return fill(List.of(hole("text"), image(Images.png(picture))), i);
    }

    /// The same with documents in front of it: a caption that may have their names.
    Map<String, Object> caption(byte[] rgb, Map<String, Object> retrieval, int i) {
        return caption(new RgbImage(Avatars.SIZE, Avatars.SIZE, rgb), retrieval, i);
    }

    Map<String, Object> caption(RgbImage picture, Map<String, Object> retrieval, int i) {
        return Map.of(
                "parts", List.of(hole("text"), image(Images.png(picture))), "retrieval", retrieval, "seed", seed(i));
    }

    /// A part of a picture drawn again, left, top, width and height in parts of it.
    Map<String, Object> region(String prompt, byte[] rgb, double[] region, int i) {
        Map<String, Object> image = new HashMap<>(image(Avatars.png(rgb)));
        image.put("region", Map.of("x", region[0], "y", region[1], "width", region[2], "height", region[3]));
        return fill(List.of(text(prompt), image), i);
    }

    /// What stands between two texts about a picture.
    Map<String, Object> between(String before, String after, byte[] rgb, int i) {
        return fill(List.of(text(before), hole("text"), text(after), image(Avatars.png(rgb))), i);
    }

    /// A picture made from another in the words of table 5: words, the picture, words, the other.
    Map<String, Object> from(byte[] rgb, FineTuningTask task, Map<String, String> texts, int i) {
        List<String> words = task.around(0, texts);
        return changed(List.of(text(words.getFirst()), image(Avatars.png(rgb)), text(words.getLast())), i);
    }

    /// A picture changed by an instruction that stands in front of it, in no words of table 5.
    Map<String, Object> told(String instruction, byte[] rgb, int i) {
        return changed(List.of(text(instruction), image(Avatars.png(rgb))), i);
    }

    /// By three streams, with the model's scales.
    private Map<String, Object> changed(List<Map<String, Object>> given, int i) {
        List<Map<String, Object>> parts = new ArrayList<>(given);
        parts.add(hole("image"));
        Map<String, Object> request = new HashMap<>(fill(parts, i));
        if (!sampling.containsKey(IMAGE_GUIDANCE))
            request.put("sampling", Map.of(IMAGE_GUIDANCE, model.defaults().editImageGuidanceScale()));
        return request;
    }

    /// A picture changed by an instruction, as `cm3 edit` asks for it.
    Map<String, Object> edit(String instruction, byte[] rgb, int i) {
        return from(rgb, FineTuningTask.EDIT, Map.of("instruction", instruction), i);
    }

    private long seed(int i) {
        return seed * 1_000_003 + i;
    }

    private static Map<String, Object> text(String text) {
        return Map.of("type", "text", "text", text);
    }

    private static Map<String, Object> hole(String modality) {
        return Map.of("type", "hole", "modality", modality);
    }

    private static Map<String, Object> image(byte[] png) {
        return Map.of(
                "type", "image", "image", Map.of("b64", Base64.getEncoder().encodeToString(png)));
    }
}
