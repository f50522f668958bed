package dev.cm3leon.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import dev.cm3leon.objectstore.ContentKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which model draws which job: a fold over what was promoted and rolled back. The same events give the same answer on
/// every instance, in whatever order they are read.
///
/// @param stable draws the jobs that the canary does not
/// @param canary draws a share of the jobs, or null
/// @param share of the canary, 0 where there is none
/// @param before stable ones of earlier, the last one last: what a rollback returns to
public record Serving(String stable, @Nullable String canary, double share, List<String> before) {

    public Serving {
        before = List.copyOf(before);
    }

    /// @param beginning the model that is served before anything is promoted
    public static Serving of(String beginning, Collection<? extends ModelEvent> events) {
        Serving serving = new Serving(beginning, null, 0, List.of());
        List<ModelEvent> inOrder = new ArrayList<>(events);
        inOrder.sort(Comparator.comparing(ModelEvent::at).thenComparing(ModelEvent::type));
        for (ModelEvent event : inOrder) {
            serving = switch (event) {
                case ModelPromoted e -> serving.promoted(e.model(), e.share());
                case ModelRolledBack e -> serving.rolledBack(e.model());
                case ModelPublished _ -> serving;
            };
        }
        return serving;
    }

    /// The model of a job that names none: the same for the same job, as long as shares are not changed.
    public String modelOf(String job) {
        if (canary == null) return stable;
        long drawn = Long.parseLong(
                ContentKey.sha256((canary + "/" + job).getBytes(UTF_8)).substring(0, 8), 16);
        return drawn < share * 0x1p32 ? canary : stable;
    }

    public boolean serves(String model) {
        return model.equals(stable) || model.equals(canary);
    }

    /// Of the jobs that name no model.
    public double shareOf(String model) {
        if (model.equals(canary)) return share;
        return model.equals(stable) ? 1 - share : 0;
    }

    private Serving promoted(String model, double part) {
        if (part < 1) return model.equals(stable) ? this : new Serving(stable, model, part, before);
        if (model.equals(stable)) return new Serving(stable, null, 0, before);
        List<String> earlier = new ArrayList<>(before);
        earlier.add(stable);
        return new Serving(model, null, 0, earlier);
    }

    private Serving rolledBack(String model) {
        if (model.equals(canary)) return new Serving(stable, null, 0, before);
        if (!model.equals(stable) || before.isEmpty()) return this;
        String now = before.getLast();
        boolean together = now.equals(canary);
        return new Serving(now, together ? null : canary, together ? 0 : share, before.subList(0, before.size() - 1));
    }
}
