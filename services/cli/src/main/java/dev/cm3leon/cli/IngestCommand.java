package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.pictures.CaptionedPicture;
import dev.cm3leon.cli.pictures.ImageFile;
import dev.cm3leon.cli.pictures.ThingCard;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "ingest",
        description = {
            "Take captioned pictures into the memory bank, and wait until they can be found.",
            "Of a picture of a character say the --name: prompts with that name are then drawn after it."
        },
        mixinStandardHelpOptions = true)
final class IngestCommand implements Callable<Integer> {
    private static final int AHEAD = 200;
    private static final int SHOWN_REASONS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin
    private final Shared shared;

    @Parameters(
            paramLabel = "PLACE",
            description =
                    "A picture; a folder of pictures with .txt captions of the same names; a .jsonl file with text and"
                            + " image a line; or a WebDataset shard (.tar).")
    private Path place = Path.of("");

    @Option(names = "--name", description = "Of what the picture shows.")
    private @Nullable String name;

    @Option(
            names = "--thing",
            description =
                    "The picture shows a thing (a logo, a drawing, an object) rather than a portrait: prompts with"
                            + " its --name put it where they say, on the ground they say.")
    private boolean thing;

    @Option(names = "--caption", paramLabel = "TEXT", description = "Of the picture.")
    private @Nullable String caption;

    @Option(names = "--id", description = "Of the document, instead of one derived from its content.")
    private @Nullable String id;

    @Option(names = "--licence", description = "SPDX id or words, where the documents do not say.")
    private @Nullable String licence;

    @Option(names = "--source", description = "Where they come from, where the documents do not say.")
    private @Nullable String source;

    private final ObjectNode result = Gateway.JSON.createObjectNode();
    private final Deque<String> waiting = new ArrayDeque<>();
    private int read;
    private int indexed;
    private int rejected;

    IngestCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(place)) throw Failure.usage("no such file or folder: " + place);
        result.putArray("documents");
        result.putArray("reasons");
        boolean picture = Files.isRegularFile(place)
                && CaptionedPicture.isPicture(place.getFileName().toString());
        if (!picture && (name != null || caption != null || id != null || thing)) {
            throw Failure.usage("--name, --thing, --caption and --id go with one picture, got " + place);
        }
        CaptionedPicture.Document one = picture ? picture() : null;
        Gateway gateway = shared.gateway();

        if (one != null) takeAlone(gateway, one);
        else CaptionedPicture.read(place, found -> take(gateway, found));
        while (!waiting.isEmpty()) settle(gateway);
        if (read == 0) throw Failure.usage("nothing to take in: no pictures (.png, .jpg) or samples in " + place);

        result.put("read", read).put("indexed", indexed).put("rejected", rejected);
        shared.print(result, this::summary);
        return read > 0 && indexed == 0 ? Failure.OTHER : 0;
    }

    private CaptionedPicture.Document picture() {
        if (name == null && caption == null) {
            throw Failure.usage("need --name or --caption (or both): what is to be known about " + place);
        }
        byte[] file = ImageFile.read(place);
        if (thing) {
            if (name == null || caption != null)
                throw Failure.usage("--thing needs a --name, and its --caption is made of it");
            return document(name + " " + ThingCard.PLACE, ThingCard.of(place, file));
        }
        String text = name == null ? caption : caption == null ? name : name + ", " + caption;
        return document(String.valueOf(text), file);
    }

    private CaptionedPicture.Document document(String text, byte[] image) {
        return new CaptionedPicture.Document(place.toString(), id, text, image, licence, source);
    }

    /// @throws Failure why it is refused
    private void takeAlone(Gateway gateway, CaptionedPicture.Document document) {
        read++;
        try {
            waiting.add(post(gateway, document));
        } catch (Failure failure) {
            throw failure.about(place);
        }
        tell();
    }

    private void take(Gateway gateway, CaptionedPicture found) {
        read++;
        switch (found) {
            case CaptionedPicture.Unusable unusable -> reject(unusable.origin(), unusable.reason());
            case CaptionedPicture.Document document -> {
                try {
                    waiting.add(post(gateway, document));
                } catch (Failure refused) {
                    if (refused.exitCode != Failure.USAGE) throw refused;
                    reject(document.origin(), refused.message());
                }
            }
        }
        while (waiting.size() > AHEAD) settle(gateway);
        tell();
    }

    /// @return the document's id
    private String post(Gateway gateway, CaptionedPicture.Document document) {
        ObjectNode body = body(document);
        return Gateway.untilReached(PATIENCE, () -> gateway.post("/v1/documents", body)) // its id is the same
                .path("id")
                .asString();
    }

    private ObjectNode body(CaptionedPicture.Document document) {
        ObjectNode body = Gateway.JSON.createObjectNode();
        if (document.id() != null) body.put("id", document.id());
        body.put("text", document.text());
        body.putObject("image").put("b64", Generation.base64(document.image()));
        String itsLicence = document.licence() == null ? licence : document.licence();
        if (itsLicence != null) body.put("licence", itsLicence);
        String itsSource = document.source() == null ? source : document.source();
        if (itsSource != null) body.put("source", itsSource);
        return body;
    }

    /// Waits for the oldest document that is under way.
    private void settle(Gateway gateway) {
        String oldest = waiting.remove();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            JsonNode document = Gateway.untilReached(PATIENCE, () -> gateway.get("/v1/documents/" + oldest));
            switch (document.path("status").asString("")) {
                case "indexed" -> {
                    indexed++;
                    result.withArray("documents").add(oldest);
                    tell();
                    return;
                }
                case "rejected", "removed" -> {
                    reject(
                            oldest,
                            document.path("reason")
                                    .asString(document.path("status").asString()));
                    return;
                }
                default -> {
                    if (System.nanoTime() > end) {
                        throw new Failure(
                                Failure.OTHER,
                                "document %s is not indexed after %d s; it still may be: see `cm3 logs`"
                                        .formatted(oldest, PATIENCE.toSeconds()));
                    }
                    Gateway.pause(50);
                }
            }
        }
    }

    private void reject(String origin, String reason) {
        rejected++;
        result.withArray("reasons").addObject().put("origin", origin).put("reason", reason);
        if (rejected <= SHOWN_REASONS) shared.terminal().say("Rejected %s: %s".formatted(origin, reason));
        if (rejected == SHOWN_REASONS)
            shared.terminal().say("More reasons are counted and not shown (--json has all).");
    }

    private void tell() {
        shared.terminal().progress("Ingesting", "%d read, %d indexed, %d rejected".formatted(read, indexed, rejected));
    }

    private String summary() {
        String counts = "%d indexed, %d rejected".formatted(indexed, rejected);
        return read == 1 && indexed == 1
                ? "indexed as " + result.path("documents").path(0).asString()
                : counts;
    }
}
