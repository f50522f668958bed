package dev.cm3leon.retriever;

import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.service.ModelRegistry.UnknownModelException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The CLIPs that the bank is, was or is to be made for. It is to be made for that of the model which draws what no
/// canary draws. Until it is, it is searched with the CLIP that it was made for: what is found are texts and images,
/// which serve a model with any CLIP.
final class Clips implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Clips.class);

    private final Supplier<List<String>> serving;
    private final Opener opener;
    private final Map<String, Clip> byModel = new HashMap<>();
    private final List<Clip> opened = new CopyOnWriteArrayList<>();

    /// Gives the CLIP of a model, one of those that are open where it is the same.
    @FunctionalInterface
    interface Opener {
        Clip open(String model, Collection<Clip> opened);
    }

    /// @param beginning the model that is served before anything is promoted
    /// @param serving the model that draws now, without its canary, and those that did before, the last one first
    Clips(String beginning, Supplier<List<String>> serving, Opener opener) {
        this.serving = serving;
        this.opener = opener;
        open(beginning);
    }

    /// The one that the bank is to be made for.
    ///
    /// @throws java.io.UncheckedIOException when its model, or which it is, cannot be had now
    Clip wanted() {
        return open(serving.get().getFirst());
    }

    /// The CLIP whose vectors the searched index holds, even if this process began while that was being replaced. If no
    /// model that ever served has it, the wanted one, whose bank then says what is wrong.
    Clip searched() {
        for (Clip clip : opened) if (clip.bank().isSearched()) return clip;
        for (String model : serving.get()) {
            try {
                Clip clip = open(model);
                if (clip.bank().isSearched()) return clip;
            } catch (UnknownModelException | ModelFormatException e) {
                log.atWarn().addKeyValue("model", model).log("its CLIP cannot be had: {}", e.getMessage());
            }
        }
        return wanted();
    }

    /// What takes documents out. Where the searched CLIP cannot be had nothing is added either, and that of any CLIP
    /// does: it takes out of all indexes.
    Indexer removing() {
        try {
            return searched().indexer();
        } catch (UnknownModelException | ModelFormatException e) {
            return opened.getFirst().indexer();
        }
    }

    private synchronized Clip open(String model) {
        Clip known = byModel.get(model);
        if (known != null) return known;
        Clip clip = opener.open(model, opened);
        byModel.put(model, clip);
        if (opened.stream().noneMatch(one -> one == clip)) opened.add(clip);
        return clip;
    }

    /// They stay open until then: a CLIP is small, and a rollback needs the old one.
    @Override
    public void close() {
        opened.forEach(Clip::close);
    }
}
