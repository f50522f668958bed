package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the pictures of a dataset may lie: its folder and the folders below, two deep.
record PictureFolders(List<Path> folders) {
    private static final int FOLDERS = 64;

    static PictureFolders of(Path folder) throws IOException {
        List<Path> all = FolderWalk.find(folder, 2, (_, attributes) -> attributes.isDirectory());
        return new PictureFolders(all.stream().limit(FOLDERS).toList());
    }

    /// A sample with this picture, or why there is none.
    ///
    /// @param name of the file, without folders
    Found sample(String origin, String id, String name, Found.Content content) {
        Path file = find(name);
        if (file == null) return new Found.Broken(origin + ": " + name, "no picture");
        return sample(origin, id, file, content);
    }

    static Found sample(String origin, String id, Path file, Found.Content content) {
        String wrong;
        try {
            wrong = PictureCheck.wrong(file);
        } catch (IOException e) {
            wrong = "the picture cannot be read";
        }
        if (!wrong.isEmpty()) return new Found.Broken(origin + ": " + file, wrong);
        return new Found.Sample(origin, id, new Picture.InFile(file), content);
    }

    private @Nullable Path find(String name) {
        if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.indexOf('\0') >= 0) return null;
        for (Path folder : folders) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) return file;
        }
        return null;
    }
}
