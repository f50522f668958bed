package dev.cm3leon.trainer.torch;

import dev.cm3leon.corpora.WholeFile;
import dev.cm3leon.objectstore.ContentKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Where a stage can go on from: a folder for each checkpoint, `000000040/`, named by how many steps are done. It
/// holds arrays in safetensors files and `checkpoint.json`, which says what they are, with their digests, and is
/// written last: a folder without it is no checkpoint. The mirror holds the same, written in the same order.
///
/// @param folder of the checkpoints of one stage
/// @param path of that folder in the mirror
/// @param keep how many; older ones are removed
/// @param facts what every checkpoint says of its run: configuration, code, schedule
/// @param warn hears of checkpoints that cannot be used
public record Checkpoints(
        Path folder, String path, Mirror mirror, int keep, Map<String, Object> facts, Consumer<String> warn) {
    private static final String MANIFEST = "checkpoint.json";
    private static final long FILE_VALUES = 1L << 27; // 512 MB of floats a file, or one array
    private static final JsonMapper JSON = new JsonMapper();

    public Checkpoints {
        if (keep < 1) throw new IllegalArgumentException("need keep >= 1, got " + keep);
        facts = Map.copyOf(facts);
    }

    /// @param step how many steps are done
    /// @param window what was summed up since the last report
    public record Checkpoint(long step, Weights weights, Map<String, Double> window, Map<String, Object> facts) {}

    private record FileEntry(String name, long bytes, String sha256) {}

    private record Manifest(long step, Map<String, Double> window, Map<String, Object> facts, List<FileEntry> files) {}

    /// Writes one, here and in the mirror. Removes those that are too old, and those of later steps: none of them could
    /// be gone on from.
    ///
    /// @return its folder
    public Path write(long step, Map<String, Weights.Array> state, Map<String, Double> window) {
        String name = "%09d".formatted(step);
        Path whole = folder.resolve(name), part = folder.resolve(name + ".part");
        try {
            removeParts();
            List<FileEntry> files = writePart(part, step, state, window);
            remove(whole); // of an earlier try, which this one repeats
            Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
            prune(step); // while the mirror is away, too
            for (FileEntry file : files) mirror.put(path + "/" + name + "/" + file.name, whole.resolve(file.name));
            mirror.put(path + "/" + name + "/" + MANIFEST, whole.resolve(MANIFEST));
            pruneMirror(step);
            return whole;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write checkpoint " + whole, e);
        } finally {
            removeQuietly(part); // what did not fit would fill the disk
        }
    }

    private List<FileEntry> writePart(
            Path part, long step, Map<String, Weights.Array> state, Map<String, Double> window) throws IOException {
        Files.createDirectories(part);
        List<FileEntry> files = new ArrayList<>();
        for (Map<String, Weights.Array> some : files(state)) {
            Path file = part.resolve("state-%d.safetensors".formatted(files.size()));
            WeightFiles.write(file, new Weights(some, Map.of()), WeightFiles.Precision.F32);
            files.add(new FileEntry(file.getFileName().toString(), Files.size(file), sha256(file)));
        }
        var manifest = new Manifest(step, window, facts, files);
        WholeFile.write(
                part.resolve(MANIFEST), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
        return files;
    }

    /// The newest one that is whole. One that is damaged is named to `warn`, and the one before it is used.
    public Optional<Checkpoint> latest() {
        var steps = new TreeSet<Long>(Comparator.reverseOrder());
        steps.addAll(local());
        steps.addAll(mirrored());
        for (long step : steps) {
            try {
                return Optional.of(read(step));
            } catch (UncheckedIOException | IllegalArgumentException e) {
                warn.accept("checkpoint %s/%09d cannot be used, taking the one before it: %s"
                        .formatted(path, step, e.getMessage()));
            }
        }
        return Optional.empty();
    }

    /// The one of this step, checked against its digests.
    ///
    /// @throws IllegalArgumentException naming the file that is not what it should be
    public Checkpoint read(long step) {
        String name = "%09d".formatted(step);
        try {
            return read(folder.resolve(name));
        } catch (UncheckedIOException | IllegalArgumentException here) {
            if (!fetch(name)) throw here;
            return read(folder.resolve(name));
        }
    }

    private Checkpoint read(Path from) {
        Manifest manifest;
        try {
            manifest = JSON.readValue(Files.readAllBytes(from.resolve(MANIFEST)), Manifest.class);
            var arrays = new LinkedHashMap<String, Weights.Array>();
            for (FileEntry entry : manifest.files) {
                Path file = from.resolve(entry.name);
                if (!Files.exists(file)) throw new IllegalArgumentException(entry.name + " is missing");
                String found = sha256(file);
                if (!found.equals(entry.sha256))
                    throw new IllegalArgumentException("%s is damaged: it has %d of %d bytes, and its SHA-256 is %s"
                            .formatted(entry.name, Files.size(file), entry.bytes, found));
                arrays.putAll(WeightFiles.read(file).arrays());
            }
            return new Checkpoint(manifest.step, new Weights(arrays, Map.of()), manifest.window, manifest.facts);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(MANIFEST + " is damaged: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    /// Copies a checkpoint from the mirror; false where it has none of this name.
    private boolean fetch(String name) {
        String from = path + "/" + name;
        List<String> files = mirror.list(from);
        if (!files.contains(from + "/" + MANIFEST)) return false;
        try {
            remove(folder.resolve(name));
            Files.createDirectories(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (String file : files) mirror.get(file, folder.resolve(name).resolve(file.substring(from.length() + 1)));
        return true;
    }

    private TreeSet<Long> local() {
        var steps = new TreeSet<Long>();
        if (!Files.isDirectory(folder)) return steps;
        try (Stream<Path> all = Files.list(folder)) {
            all.filter(one -> one.getFileName().toString().matches("\\d{9}"))
                    .forEach(one -> steps.add(Long.parseLong(one.getFileName().toString())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return steps;
    }

    private TreeSet<Long> mirrored() {
        var steps = new TreeSet<Long>();
        for (String file : mirror.list(path)) {
            String[] words = file.substring(path.length() + 1).split("/");
            if (words.length == 2 && words[0].matches("\\d{9}") && words[1].equals(MANIFEST))
                steps.add(Long.parseLong(words[0]));
        }
        return steps;
    }

    /// What broke off while it was written: this one alone writes.
    private void removeParts() throws IOException {
        if (!Files.isDirectory(folder)) return;
        List<Path> parts;
        try (Stream<Path> all = Files.list(folder)) {
            parts = all.filter(one -> one.getFileName().toString().endsWith(".part"))
                    .toList();
        }
        for (Path part : parts) remove(part);
    }

    private void prune(long newest) {
        var here = local();
        try {
            while (!here.isEmpty() && here.last() > newest) remove(folder.resolve("%09d".formatted(here.pollLast())));
            while (here.size() > keep) remove(folder.resolve("%09d".formatted(here.pollFirst())));
        } catch (IOException e) { // which is no reason to keep the new one from the mirror
            warn.accept("an old checkpoint could not be removed: " + e);
        }
    }

    private void pruneMirror(long newest) {
        var there = mirrored();
        while (!there.isEmpty() && there.last() > newest) removeThere(there.pollLast());
        while (there.size() > keep) removeThere(there.pollFirst());
        for (String file : mirror.list(path)) { // of what broke off
            String name = file.substring(path.length() + 1).split("/")[0];
            if (name.matches("\\d{9}") && !there.contains(Long.parseLong(name))) mirror.delete(file);
        }
    }

    private void removeThere(long step) {
        String old = path + "/%09d".formatted(step);
        mirror.delete(old + "/" + MANIFEST); // from now on it is none
        mirror.list(old).forEach(mirror::delete);
    }

    /// Arrays side by side in files that are not large, but for one array that is.
    private static List<Map<String, Weights.Array>> files(Map<String, Weights.Array> state) {
        List<Map<String, Weights.Array>> files = new ArrayList<>();
        long values = FILE_VALUES;
        for (var entry : state.entrySet()) {
            long size = entry.getValue().values().length;
            if (files.isEmpty() || values + size > FILE_VALUES) {
                files.add(new LinkedHashMap<>());
                values = 0;
            }
            files.getLast().put(entry.getKey(), entry.getValue());
            values += size;
        }
        return files;
    }

    /// In lower-case hex.
    public static String sha256(Path file) {
        try {
            return ContentKey.sha256(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeQuietly(Path folder) {
        try {
            remove(folder);
        } catch (IOException | UncheckedIOException e) {
            // the next checkpoint tries again
        }
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path one : all) Files.deleteIfExists(one);
    }
}
