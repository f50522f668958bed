package dev.cm3leon.service;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.model.ModelManifest.FileDigest;
import dev.cm3leon.objectstore.LocalFileException;
import dev.cm3leon.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/// The files of published models in a folder, which other processes may share: those of the models that were opened
/// last, and what was used within the last hour, by whomever.
final class ModelCache {

    private static final Logger log = LoggerFactory.getLogger(ModelCache.class);
    private static final Duration KEPT = Duration.ofHours(1);
    private static final String CHECK = "check";
    private static final Pattern OURS = Pattern.compile("[0-9a-f]{64}|fetch.*|.*\\.part|" + CHECK + ".*");

    private final ObjectStore store;
    private final Path folder;
    private final int most;
    private final Deque<ModelManifest> opened = new ArrayDeque<>();

    /// @param most models whose files are kept
    ModelCache(ObjectStore store, Path folder, int most) {
        this.store = store;
        this.folder = folder;
        this.most = most;
    }

    /// Opens a model, fetching what is not there, and removes what is needed no more.
    ModelBundle open(ModelManifest manifest) {
        ModelBundle bundle;
        try {
            bundle = manifest.fetch(store::get, folder);
        } catch (IOException e) {
            throw unkept(manifest, e);
        }
        prune(manifest);
        return bundle;
    }

    /// Fetches and opens a model from nothing.
    void check(ModelManifest manifest) {
        try {
            Path empty = Files.createTempDirectory(Files.createDirectories(folder), CHECK);
            try {
                manifest.fetch(store::get, empty);
            } finally {
                FileSystemUtils.deleteRecursively(empty);
            }
        } catch (IOException e) {
            throw unkept(manifest, e);
        }
    }

    private LocalFileException unkept(ModelManifest manifest, IOException reason) {
        return new LocalFileException("could not keep files of " + manifest.id() + " in " + folder, reason);
    }

    private synchronized void prune(ModelManifest manifest) {
        opened.removeIf(one -> one.id().equals(manifest.id()));
        opened.addLast(manifest);
        if (opened.size() > most) opened.removeFirst();
        Set<String> needed = opened.stream()
                .flatMap(one -> one.files().values().stream())
                .map(FileDigest::sha256)
                .collect(Collectors.toSet());
        Instant old = Instant.now().minus(KEPT);
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                String name = file.getFileName().toString();
                if (needed.contains(name) || !OURS.matcher(name).matches()) continue;
                if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) FileSystemUtils.deleteRecursively(file);
            }
        } catch (IOException e) { // the model is open all the same
            log.warn("could not tidy up {}", folder, e);
        }
    }
}
