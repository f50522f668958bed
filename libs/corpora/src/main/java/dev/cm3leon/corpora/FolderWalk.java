package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/// What lies in a folder and in those below it, links followed. A folder below that cannot be read (`lost+found`) and a
/// link in a circle are passed over, and so is what has a name that begins with a dot (`._000.jpg`, `.Trashes`).
public final class FolderWalk {
    private FolderWalk() {}

    /// Those that are wanted, in order.
    ///
    /// @param depth how far below the folder: 0 is itself, 1 what lies in it
    /// @throws IOException where the folder itself cannot be read, or a disk fails
    public static List<Path> find(Path folder, int depth, BiPredicate<Path, BasicFileAttributes> wanted)
            throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(folder, Set.of(FileVisitOption.FOLLOW_LINKS), depth, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return visitFile(directory, attributes);
            }

            /// A folder too, where it lies as deep as is looked.
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                boolean isBelow = !file.equals(folder);
                if (isBelow && file.getFileName().toString().startsWith(".")) return FileVisitResult.SKIP_SUBTREE;
                if (wanted.test(file, attributes)) found.add(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                boolean passedOver = failure instanceof AccessDeniedException
                        || failure instanceof FileSystemLoopException
                        || failure instanceof NoSuchFileException; // gone since it was listed
                if (file.equals(folder) || !passedOver) throw failure;
                return FileVisitResult.CONTINUE;
            }
        });
        Collections.sort(found);
        return found;
    }
}
