package dev.cm3leon.model;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// The files of a model by their names, wherever they lie.
public interface ModelFiles {

    boolean has(String name);

    /// The bytes of a file that there is.
    ByteBuffer read(String name);

    /// What a file is called in messages.
    default String path(String name) {
        return name;
    }

    /// @throws ModelFormatException where there is no such file
    default void need(String name) {
        if (!has(name)) throw new ModelFormatException("need a file %s, got none".formatted(path(name)));
    }

    /// @throws ModelFormatException where there is no such file, or it is no JSON
    default JsonNode json(String name) {
        need(name);
        return ModelBundle.parse(path(name), read(name));
    }

    /// @throws ModelFormatException where there is no such file, or it is not what it says
    default Safetensors tensors(String name) {
        need(name);
        return Safetensors.read(path(name), read(name));
    }

    static ModelFiles in(Path folder) {
        return new ModelFiles() {
            @Override
            public boolean has(String name) {
                return Files.isRegularFile(folder.resolve(name));
            }

            @Override
            public ByteBuffer read(String name) {
                return Safetensors.map(folder.resolve(name));
            }

            @Override
            public Safetensors tensors(String name) {
                need(name);
                return Safetensors.open(folder.resolve(name)); // of any size
            }
        };
    }
}
