package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.pictures.ImageFile;
import dev.cm3leon.cli.pictures.PictureFiles;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.model.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "edit",
        description = {
            "Draw a picture again, changed as the prompt says.",
            "With --region only there: every code of the picture outside stays as it is. Without, the whole picture is"
                    + " drawn after the prompt and the picture (three streams)."
        },
        mixinStandardHelpOptions = true)
final class EditCommand implements Callable<Integer> {
    private static final String INSTRUCTION = "Edit first image following the instruction";

    @Mixin
    private final Shared shared;

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A PNG or JPEG file; its middle square is used.")
    private Path image = Path.of("");

    @Parameters(index = "1", paramLabel = "PROMPT", description = "What is to be there, or what is to change.")
    private String prompt = "";

    @Option(
            names = "--region",
            paramLabel = "X,Y,W,H",
            split = ",",
            description = "Left, top, width and height in pixels of the picture, upright.")
    private double @Nullable [] region;

    @Option(names = "--candidates", paramLabel = "N", description = "How many to draw and choose from.")
    private @Nullable Integer candidates;

    @Option(names = "--seed", description = "The same request with the same seed gives the same image.")
    private @Nullable Long seed;

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            description = "Of the text (without --region: what the model edits best with).")
    private @Nullable Double guidance;

    @Option(names = "--image-guidance", paramLabel = "SCALE", description = "Of the picture, without --region.")
    private @Nullable Double imageGuidance;

    @Option(names = "--temperature", description = "Of sampling, above 0.")
    private @Nullable Double temperature;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "The PNG to write (cm3-SEED.png, or its next free number).")
    private @Nullable Path out;

    EditCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        if (prompt.isBlank()) throw Failure.usage("need a prompt with some text, got none");
        if (region != null && imageGuidance != null) {
            throw Failure.usage("--image-guidance goes with the whole picture, --region with a part: need one of both");
        }
        var files = new PictureFiles(out, Path.of(""));
        files.check();
        byte[] file = ImageFile.read(image);
        ObjectNode request = region == null ? whole(file) : part(file, region);
        if (candidates != null) request.put("candidates", candidates);
        if (seed != null) request.put("seed", seed);
        request.putObject("retrieval").put("documents", 0);

        JsonNode job;
        try {
            job = Generation.complete(shared.gateway(), request, shared.terminal());
        } catch (Failure failure) {
            throw failure.about(image);
        }

        JsonNode drawn = job.path("candidates").path(0).path("image");
        if (!drawn.isObject()) {
            throw new Failure(Failure.JOB_FAILED, "job " + job.path("id").asString() + " gave no image");
        }
        byte[] png = shared.gateway().bytes(drawn.path("url").asString());
        Path target = files.write(List.of(png), job.path("seed").asString()).getFirst();
        if (!shared.json) Generation.tell(job, shared.terminal());
        ((ObjectNode) job).withArray("files").add(target.toString());
        shared.print(job, target::toString);
        return 0;
    }

    private ObjectNode whole(byte[] file) {
        ObjectNode request = Gateway.JSON.createObjectNode();
        var parts = Generation.parts(request);
        Generation.text(parts, INSTRUCTION);
        Generation.image(parts, file);
        Generation.text(parts, prompt);
        Generation.hole(parts, "image");
        ObjectNode sampling = request.putObject("sampling")
                .put("image_guidance_scale", imageGuidance == null ? imageGuidanceOfTheModel() : imageGuidance);
        if (guidance != null) sampling.put("guidance_scale", guidance);
        if (temperature != null) sampling.put("temperature", temperature);
        return request;
    }

    /// Of the model that serves: it asks for three streams.
    private double imageGuidanceOfTheModel() {
        return shared.gateway()
                .serving()
                .path("defaults")
                .path("edit_image_guidance_scale")
                .asDouble(1.5);
    }

    private ObjectNode part(byte[] file, double[] pixels) {
        ObjectNode request = Gateway.JSON.createObjectNode();
        var parts = Generation.parts(request);
        Generation.text(parts, prompt);
        Generation.image(parts, file);
        double[] square = ofMiddleSquare(file, pixels);
        ((ObjectNode) parts.get(1))
                .putObject("region")
                .put("x", square[0])
                .put("y", square[1])
                .put("width", square[2])
                .put("height", square[3]);
        ObjectNode sampling = Gateway.JSON.createObjectNode();
        if (guidance != null) sampling.put("guidance_scale", guidance);
        if (temperature != null) sampling.put("temperature", temperature);
        if (!sampling.isEmpty()) request.set("sampling", sampling);
        return request;
    }

    /// A rectangle of pixels in parts of the middle square, which is all that the model sees.
    private double[] ofMiddleSquare(byte[] file, double[] pixels) {
        if (pixels.length != 4) throw Failure.usage("need --region X,Y,W,H, got %d numbers".formatted(pixels.length));
        RgbImage picture = ImageFile.pixels(image, file);
        int width = picture.width(), height = picture.height(), side = Math.min(width, height);
        int left = (width - side) / 2, top = (height - side) / 2;
        double x = pixels[0] - left, y = pixels[1] - top;
        boolean inside =
                x >= 0 && y >= 0 && pixels[2] > 0 && pixels[3] > 0 && x + pixels[2] <= side && y + pixels[3] <= side;
        if (!inside) {
            throw Failure.usage("need --region inside of the picture's middle square, %d,%d,%d,%d; got %s,%s,%s,%s"
                    .formatted(left, top, side, side, pixels[0], pixels[1], pixels[2], pixels[3]));
        }
        return new double[] {x / side, y / side, pixels[2] / side, pixels[3] / side};
    }
}
