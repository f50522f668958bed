package dev.cm3leon.trainer.torch;

import java.nio.file.Path;
import java.util.List;

/// A second place for the files of a run, which outlives the disk of the job. Paths are relative to the run, with `/`.
public interface Mirror {

    /// There is none.
    Mirror NONE = new Mirror() {
        @Override
        public void put(String path, Path file) {}

        @Override
        public boolean get(String path, Path file) {
            return false;
        }

        @Override
        public List<String> list(String folder) {
            return List.of();
        }

        @Override
        public void delete(String path) {}
    };

    /// What is in a folder of this one.
    default Mirror under(String folder) {
        if (this == NONE) return NONE;
        Mirror whole = this;
        String prefix = folder + "/";
        return new Mirror() {
            @Override
            public void put(String path, Path file) {
                whole.put(prefix + path, file);
            }

            @Override
            public boolean get(String path, Path file) {
                return whole.get(prefix + path, file);
            }

            @Override
            public List<String> list(String of) {
                return whole.list(prefix + of).stream()
                        .map(path -> path.substring(prefix.length()))
                        .toList();
            }

            @Override
            public void delete(String path) {
                whole.delete(prefix + path);
            }
        };
    }

    void put(String path, Path file);

    /// Writes what is under this path into a file; false where there is nothing.
    ///
    /// @throws IllegalArgumentException when it is not what was put there
    boolean get(String path, Path file);

    /// The paths of all files in a folder, its sub-folders included.
    List<String> list(String folder);

    void delete(String path);
}
