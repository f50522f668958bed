package dev.cm3leon.model;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The weights of a published model: one `model.safetensors`, or several files and an index that says which tensor
/// lies in which. An index is believed as little as a header.
public final class Checkpoint implements Weights {
    private static final String WHOLE = "model.safetensors", INDEX = "model.safetensors.index.json";

    private final Map<String, Safetensors> tensors;

    private Checkpoint(Map<String, Safetensors> tensors) {
        this.tensors = tensors;
    }

    /// @throws ModelFormatException when there is none, or it is not what it says
    public static Checkpoint open(Path folder) {
        return open(ModelFiles.in(folder));
    }

    /// @throws ModelFormatException when there is none, or it is not what it says
    public static Checkpoint open(ModelFiles files) {
        if (files.has(WHOLE)) return of(files.tensors(WHOLE));
        if (files.has(INDEX)) return openIndex(files);
        throw new ModelFormatException("need %s or %s, got neither".formatted(files.path(WHOLE), INDEX));
    }

    /// One that is a single file.
    public static Checkpoint of(Safetensors whole) {
        var tensors = new LinkedHashMap<String, Safetensors>();
        whole.tensors().keySet().forEach(name -> tensors.put(name, whole));
        return new Checkpoint(tensors);
    }

    /// Opens the files that the index names; they lie beside it.
    private static Checkpoint openIndex(ModelFiles files) {
        String source = files.path(INDEX);
        JsonNode map = files.json(INDEX).path("weight_map");
        if (!map.isObject()) throw new ModelFormatException(source + ": weight_map is not an object");
        var opened = new HashMap<String, Safetensors>();
        var tensors = new LinkedHashMap<String, Safetensors>();
        for (var entry : map.properties()) {
            String name = entry.getKey(), shard = entry.getValue().asString("");
            if (!shard.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors")) {
                throw new ModelFormatException(
                        "%s: need the name of a file beside it for %s, got \"%s\"".formatted(source, name, shard));
            }
            if (!files.has(shard)) throw new ModelFormatException("%s: no file %s".formatted(source, shard));
            Safetensors file = opened.computeIfAbsent(shard, files::tensors);
            if (!file.tensors().containsKey(name)) {
                throw new ModelFormatException("%s: %s has no tensor %s".formatted(source, shard, name));
            }
            tensors.put(name, file);
        }
        return new Checkpoint(tensors);
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /// Shape of a tensor.
    public long[] shape(String name) {
        return file(name).shape(name);
    }

    @Override
    public void check(String name, long... shape) {
        file(name).check(name, shape);
    }

    @Override
    public float[] floats(String name, long... shape) {
        return file(name).floats(name, shape);
    }

    private Safetensors file(String name) {
        Safetensors file = tensors.get(name);
        if (file == null) {
            throw new ModelFormatException("need a tensor %s, got only %d others".formatted(name, tensors.size()));
        }
        return file;
    }
}
