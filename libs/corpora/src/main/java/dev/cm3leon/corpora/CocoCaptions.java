package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// MS-COCO captions: `images` name the files, `annotations` the captions. File names are their ids padded with
/// zeros, so they need not be kept; only a name that is otherwise is.
final class CocoCaptions {

    /// @param prefix before the id's twelve digits
    private record Names(String prefix, Map<Long, String> others) {
        String of(long id) {
            return others.getOrDefault(id, prefix + "%012d.jpg".formatted(id));
        }
    }

    private CocoCaptions() {}

    static Records open(Path file, PictureFolders folders) throws IOException {
        Names names = names(file);
        JsonElements annotations = JsonElements.open(file, "annotations");
        return new JsonRecords(file, annotations) {
            @Override
            Found found(String origin, JsonElements.Element element) {
                long image = Fields.id(element.value(), "image_id"), id = Fields.id(element.value(), "id");
                String caption = Fields.text(element.value(), "caption");
                if (image < 0 || id < 0) return new Found.Broken(origin, "no id");
                if (caption.isEmpty()) return new Found.Broken(origin, "no caption");
                return folders.sample(origin, Long.toString(id), names.of(image), new Found.Content.Caption(caption));
            }
        };
    }

    private static Names names(Path file) throws IOException {
        String prefix = null;
        var others = new HashMap<Long, String>();
        try (var images = JsonElements.open(file, "images")) {
            for (var element = images.next(); element != null; element = images.next()) {
                long id = Fields.id(element.value(), "id");
                String name = Fields.text(element.value(), "file_name");
                String suffix = "%012d.jpg".formatted(id);
                if (prefix == null && name.endsWith(suffix))
                    prefix = name.substring(0, name.length() - suffix.length());
                if (prefix == null || !name.equals(prefix + suffix)) others.put(id, name);
            }
        }
        return new Names(prefix == null ? "" : prefix, others);
    }
}
