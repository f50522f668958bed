package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The datasets that can be read, each by its published files.
public enum Dataset {
    /// `captions_{split}{year}.json` and the pictures.
    COCO("captions_[a-z]+\\d*\\.json"),
    /// `*.token` (`name#n TAB caption`) or `results.csv` (`name| n| caption`).
    FLICKR30K(".*\\.token|results\\.csv"),
    /// `paragraphs_v1.json` of Visual Genome pictures.
    IMAGE_PARAGRAPH("paragraphs.*\\.json"),
    /// `*_localized_narratives*.jsonl`.
    LOCALIZED_NARRATIVES(".*localized_narratives.*\\.jsonl"),
    /// `v2_OpenEnded_mscoco_{split}_questions.json` beside `v2_mscoco_{split}_annotations.json`.
    VQA2("v2_OpenEnded_mscoco_.*_questions\\.json"),
    /// `{split}.json`, one list.
    VIZWIZ("(train|val)\\.json"),
    /// `OpenEnded_mscoco_{split}_questions.json` beside `mscoco_{split}_annotations.json`.
    OKVQA("OpenEnded_mscoco_.*_questions\\.json"),
    /// `problems.json`, pictures in `{split}/{id}/`.
    SCIENCEQA("problems\\.json"),
    /// Shards: `.tar` files with `key.jpg` beside `key.txt` or `key.json`.
    WEBDATASET(".*\\.tar");

    private final Pattern files;

    Dataset(String files) {
        this.files = Pattern.compile(files);
    }

    /// `image-paragraph` for IMAGE_PARAGRAPH.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The dataset of a label, in any case.
    ///
    /// @throws IllegalArgumentException with all labels
    public static Dataset of(String label) {
        for (Dataset dataset : values()) if (dataset.label().equalsIgnoreCase(label)) return dataset;
        throw new IllegalArgumentException("need a dataset of %s, got %s"
                .formatted(Arrays.stream(values()).map(Dataset::label).collect(Collectors.joining(", ")), label));
    }

    /// The annotation files in a folder, in the order they are read.
    ///
    /// @param split such as train; empty for all. Only files with it in their name (SCIENCEQA: records of it)
    List<Path> files(Path folder, String split) throws IOException {
        Predicate<String> ofSplit = this == SCIENCEQA || this == IMAGE_PARAGRAPH ? _ -> true : n -> n.contains(split);
        List<Path> found = FolderWalk.find(folder, 3, (file, attributes) -> {
            if (!attributes.isRegularFile()) return false;
            String name = file.getFileName().toString();
            return files.matcher(name).matches() && ofSplit.test(name);
        });
        if (found.isEmpty()) {
            throw new IOException("no file of %s in %s: need a name like %s%s"
                    .formatted(label(), folder, files, split.isEmpty() ? "" : " with " + split));
        }
        return found;
    }

    /// Opens one annotation file.
    Records open(Path folder, Path file, String split) throws IOException {
        return switch (this) {
            case COCO -> CocoCaptions.open(file, PictureFolders.of(folder));
            case FLICKR30K -> CaptionLines.flickr30k(file, PictureFolders.of(folder));
            case IMAGE_PARAGRAPH -> ImageParagraphs.open(file, splitIds(folder, split), PictureFolders.of(folder));
            case LOCALIZED_NARRATIVES -> CaptionLines.narratives(file, PictureFolders.of(folder));
            case VQA2, OKVQA -> VqaQuestions.open(file, PictureFolders.of(folder));
            case VIZWIZ -> VizWiz.open(file, PictureFolders.of(folder));
            case SCIENCEQA -> ScienceQa.open(file, split, folder);
            case WEBDATASET -> Shards.open(file);
        };
    }

    /// Image Paragraph publishes its splits as lists of ids; empty for no split.
    private static List<Long> splitIds(Path folder, String split) throws IOException {
        if (split.isEmpty()) return List.of();
        Path file = folder.resolve(split + "_split.json");
        if (!Files.isRegularFile(file)) throw new IOException("need " + file + " for the split " + split);
        var ids = new ArrayList<Long>();
        try (var elements = JsonElements.open(file, "")) {
            for (var element = elements.next(); element != null; element = elements.next()) {
                ids.add(element.value().asLong());
            }
        }
        return ids;
    }
}
