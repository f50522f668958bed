package dev.cm3leon.cli.pictures;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.corpora.FolderWalk;
import dev.cm3leon.corpora.WebDataset;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Something found where captioned images are read from: one, or a reason why it is none.
public sealed interface CaptionedPicture {

    /// Where it was found.
    String origin();

    /// @param id null to have it derived from the content
    record Document(
            String origin,
            @Nullable String id,
            String text,
            byte[] image,
            @Nullable String licence,
            @Nullable String source)
            implements CaptionedPicture {}

    record Unusable(String origin, String reason) implements CaptionedPicture {}

    /// What the gateway takes as an id.
    Pattern DOCUMENT_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");

    /// Reads a folder (images with captions in `.txt` files of the same name), a JSONL file (`text`, `image`, and if
    /// wanted `id`, `licence`, `source` a line; images relative to the file), or a WebDataset shard (`.tar`).
    static void read(Path place, Consumer<CaptionedPicture> found) throws IOException {
        String name = place.getFileName().toString().toLowerCase(Locale.ROOT);
        if (Files.isDirectory(place)) folder(place, found);
        else if (name.endsWith(".jsonl")) lines(place, found);
        else if (name.endsWith(".tar")) shard(place, found);
        else throw Failure.usage("need a folder, a .jsonl file, a .tar file or a picture, got " + place);
    }

    static boolean isPicture(String name) {
        return name.toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g)");
    }

    private static void folder(Path folder, Consumer<CaptionedPicture> found) throws IOException {
        List<Path> pictures = FolderWalk.find(
                folder,
                Integer.MAX_VALUE,
                (file, attributes) -> attributes.isRegularFile()
                        && isPicture(file.getFileName().toString()));
        for (Path picture : pictures) {
            String origin = folder.relativize(picture).toString();
            Path caption = picture.resolveSibling(stem(picture.getFileName().toString()) + ".txt");
            if (!Files.isRegularFile(caption)) {
                found.accept(new Unusable(origin, "no caption beside it: " + caption.getFileName()));
                continue;
            }
            String text;
            try {
                text = Files.readString(caption);
            } catch (IOException e) {
                found.accept(
                        new Unusable(origin, "its caption: " + Failure.of(e).message()));
                continue;
            }
            found.accept(document(origin, null, text, picture, null, null));
        }
    }

    private static void lines(Path file, Consumer<CaptionedPicture> found) throws IOException {
        int number = 0;
        try (var lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) { // bytes: one may be wrong
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String origin = "line " + ++number;
                if (line.isBlank()) continue;
                try {
                    JsonNode fields = Gateway.JSON.readTree(line.getBytes(StandardCharsets.ISO_8859_1));
                    String image = Gateway.string(fields, "image");
                    String text = Gateway.string(fields, "text");
                    if (image == null || text == null) {
                        found.accept(new Unusable(origin, "need the fields text and image"));
                        continue;
                    }
                    found.accept(document(
                            origin,
                            Gateway.string(fields, "id"),
                            text,
                            file.resolveSibling(image),
                            Gateway.string(fields, "licence"),
                            Gateway.string(fields, "source")));
                } catch (JacksonException e) {
                    found.accept(new Unusable(origin, "not JSON: " + e.getOriginalMessage()));
                } catch (InvalidPathException e) {
                    found.accept(new Unusable(origin, "image is no path: " + e.getReason()));
                }
            }
        }
    }

    private static CaptionedPicture document(
            String origin,
            @Nullable String id,
            String text,
            Path image,
            @Nullable String licence,
            @Nullable String source) {
        try {
            return new Document(origin, id, text.strip(), ImageFile.read(image), licence, source);
        } catch (Failure e) {
            return new Unusable(origin, e.message());
        }
    }

    private static void shard(Path file, Consumer<CaptionedPicture> found) throws IOException {
        String key = "";
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
                var shard = new WebDataset(in, ImageFile.MAX_BYTES)) {
            for (WebDataset.Sample sample = shard.next(); sample != null; sample = shard.next()) {
                key = sample.key();
                found.accept(sample(sample));
            }
        } catch (IOException e) { // cut short, or no archive
            String after = key.isEmpty() ? "" : " after " + key;
            found.accept(new Unusable(file.getFileName() + after, "cannot be read: " + e.getMessage()));
        }
    }

    private static CaptionedPicture sample(WebDataset.Sample sample) {
        String key = sample.key();
        if (sample.tooLarge() != null)
            return new Unusable(key, "its %s has more than %d bytes".formatted(sample.tooLarge(), ImageFile.MAX_BYTES));
        byte[] image = sample.picture();
        if (image == null) return new Unusable(key, "no .png or .jpg in this sample");
        if (!ImageFile.isImage(image)) return new Unusable(key, "its image is neither PNG nor JPEG");
        try {
            String text = sample.caption(), id = sample.field("id");
            if (text == null) return new Unusable(key, "no caption: neither .txt nor .json with text or caption");
            // a dataset's own id is of its record, of which another dataset may have one too, and may be 12.jpg#0
            boolean ours = sample.field("dataset") == null
                    && id != null
                    && DOCUMENT_ID.matcher(id).matches();
            return new Document(key, ours ? id : null, text, image, sample.field("licence"), sample.field("source"));
        } catch (JacksonException e) {
            return new Unusable(key, "its .json is not JSON: " + e.getOriginalMessage());
        }
    }

    private static String stem(String name) {
        return name.substring(0, name.lastIndexOf('.'));
    }
}
