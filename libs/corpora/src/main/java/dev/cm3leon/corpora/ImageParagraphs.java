package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Stanford Image Paragraph: a list with `image_id`, `url` and `paragraph`; the file is named as the url ends.
final class ImageParagraphs {

    private ImageParagraphs() {}

    /// @param ids of the split, empty for all
    static Records open(Path file, List<Long> ids, PictureFolders folders) throws IOException {
        Set<Long> wanted = new HashSet<>(ids);
        return new JsonRecords(file, JsonElements.open(file, "")) {
            @Override
            @Nullable
            Found found(String origin, JsonElements.Element element) {
                long image = Fields.id(element.value(), "image_id");
                if (image < 0) return new Found.Broken(origin, "no id");
                if (!wanted.isEmpty() && !wanted.contains(image)) return null;
                String paragraph = Fields.text(element.value(), "paragraph");
                if (paragraph.isEmpty()) return new Found.Broken(origin, "no caption");
                String url = Fields.text(element.value(), "url");
                String name = url.isEmpty() ? image + ".jpg" : url.substring(url.lastIndexOf('/') + 1);
                return folders.sample(origin, Long.toString(image), name, new Found.Content.LongCaption(paragraph));
            }
        };
    }
}
