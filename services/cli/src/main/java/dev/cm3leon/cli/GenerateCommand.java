package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.pictures.PictureFiles;
import dev.cm3leon.cli.pictures.Preview;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "generate", description = "Draw what a prompt says.", mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(arity = "1..*", paramLabel = "PROMPT", description = "What to draw.")
    private List<String> prompt = List.of();

    @Option(names = "-n", paramLabel = "N", description = "How many images to keep, the best first (1).")
    private int images = 1;

    @Option(
            names = "--candidates",
            paramLabel = "N",
            description = "How many to draw and choose from (what the model suggests, or -n where that is more).")
    private @Nullable Integer candidates;

    @Option(names = "--seed", description = "The same request with the same seed gives the same image.")
    private @Nullable Long seed;

    @Option(names = "--temperature", description = "Of sampling, above 0.")
    private @Nullable Double temperature;

    @Option(names = "--top-p", paramLabel = "P", description = "Nucleus, above 0 up to 1.")
    private @Nullable Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Draw nothing less likely than this share of the likeliest, from 0 (all) to 1.")
    private @Nullable Double minP;

    @Option(names = "--guidance", paramLabel = "SCALE", description = "Classifier-free guidance; 1 is none.")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-on",
            paramLabel = "WHAT",
            description = "What guidance strengthens: prompt, documents or all (what the model suggests).")
    private @Nullable String guidanceOn;

    @Option(
            names = "--decoding",
            paramLabel = "WAY",
            description = "top-p, cd-k, or both (half of the candidates each).")
    private @Nullable String decoding;

    @Mixin
    private final Retrieval retrieval = new Retrieval();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description =
                    "The PNG to write (cm3-SEED.png, or its next free number); several become FILE-1.png, FILE-2.png and so on.")
    private @Nullable Path out;

    @Option(names = "--no-preview", description = "Show no preview in the terminal.")
    private boolean noPreview;

    GenerateCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        ObjectNode request = request();
        var files = new PictureFiles(out, Path.of(""));
        files.check();
        Terminal terminal = shared.terminal();
        Gateway gateway = shared.gateway();
        if (candidates == null && images > 1) {
            int suggested =
                    gateway.serving().path("defaults").path("candidates").asInt(1);
            request.put("candidates", Math.max(images, suggested));
        }

        JsonNode job = Generation.complete(gateway, request, terminal);

        List<JsonNode> best = Gateway.each(job.path("candidates"))
                .filter(candidate -> candidate.path("image").isObject())
                .limit(images)
                .toList();
        if (best.isEmpty())
            throw new Failure(Failure.JOB_FAILED, "job " + job.path("id").asString() + " gave no image");
        List<byte[]> pngs = best.stream()
                .map(candidate ->
                        gateway.bytes(candidate.path("image").path("url").asString()))
                .toList();
        List<Path> written = files.write(pngs, job.path("seed").asString());

        ObjectNode result = (ObjectNode) job;
        written.forEach(file -> result.withArray("files").add(file.toString()));
        if (!shared.json) {
            if (!noPreview && terminal.colours() != Terminal.Colours.NONE)
                terminal.out.print(Preview.of(pictures(pngs), terminal.columns(), terminal.colours()));
            Generation.tell(job, terminal);
        }
        shared.print(
                result,
                () -> String.join("\n", written.stream().map(Path::toString).toList()));
        return 0;
    }

    private ObjectNode request() {
        if (images < 1) throw Failure.usage("need -n >= 1, got " + images);
        if (candidates != null && candidates < images) {
            throw Failure.usage("need -n <= --candidates, got %d and %d".formatted(images, candidates));
        }
        ObjectNode request = Gateway.JSON.createObjectNode();
        request.put("prompt", String.join(" ", prompt));
        if (candidates != null) request.put("candidates", candidates);
        if (seed != null) request.put("seed", seed);
        ObjectNode sampling = Gateway.JSON.createObjectNode();
        if (decoding != null) sampling.put("decoding", decoding);
        if (temperature != null) sampling.put("temperature", temperature);
        if (topP != null) sampling.put("top_p", topP);
        if (minP != null) sampling.put("min_p", minP);
        if (guidance != null) sampling.put("guidance_scale", guidance);
        if (guidanceOn != null) sampling.put("guidance_on", guidanceOn);
        if (!sampling.isEmpty()) request.set("sampling", sampling);
        retrieval.into(request);
        return request;
    }

    private static List<BufferedImage> pictures(List<byte[]> pngs) throws IOException {
        List<BufferedImage> pictures = new ArrayList<>();
        for (byte[] png : pngs) {
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
            if (picture != null) pictures.add(picture);
        }
        return pictures;
    }
}
