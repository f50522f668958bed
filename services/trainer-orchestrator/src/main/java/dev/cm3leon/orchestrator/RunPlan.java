package dev.cm3leon.orchestrator;

import dev.cm3leon.events.JobRequest;
import dev.cm3leon.events.TrainingStage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The jobs of a run, one after the other.
///
/// @param configuration JSON for the trainer, or the name of one that comes with it
/// @param resources of each worker
/// @param jobs the stages of each job joined by `+`; an empty one does all of them
record RunPlan(String configuration, JobRequest resources, List<String> jobs) {

    private static final JsonMapper JSON = new JsonMapper();

    RunPlan {
        jobs = List.copyOf(jobs);
    }

    /// Separates what the orchestrator reads (`job`) from the trainer's configuration, which may stand inside
    /// `configuration`.
    ///
    /// @param jobs of the plan; none, or a search for hyper-parameters, means one job for everything
    /// @throws IllegalArgumentException naming what is wrong
    static RunPlan of(String requested, List<String> jobs) {
        List<String> planned = jobs.isEmpty() ? List.of("") : jobs;
        if (!requested.stripLeading().startsWith("{")) return new RunPlan(name(requested), JobRequest.DEFAULT, planned);
        if (!(read(requested) instanceof ObjectNode whole)) throw unreadable("it is no object");
        JsonNode job = whole.remove("job");
        JsonNode inner = whole.get("configuration");
        String configuration =
                inner == null ? whole.toString() : inner.isString() ? name(inner.asString()) : inner.toString();
        boolean search = (inner == null ? whole : inner).has("budget_steps");
        return new RunPlan(configuration, resources(job), search ? List.of("") : planned);
    }

    private static JobRequest resources(@Nullable JsonNode job) {
        if (job == null) return JobRequest.DEFAULT;
        if (!job.isObject()) throw unreadable("job is to be an object, got " + job);
        return JobRequest.of(JSON.convertValue(job, new TypeReference<Map<String, @Nullable Object>>() {}));
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw unreadable(e.getOriginalMessage());
        }
    }

    private static String name(String configuration) {
        if (configuration.matches("[a-z0-9][a-z0-9.-]*")) return configuration;
        throw new IllegalArgumentException("need a configuration in JSON, or a name, got " + configuration);
    }

    private static IllegalArgumentException unreadable(String reason) {
        return new IllegalArgumentException("not a configuration: " + reason);
    }

    /// @param index of the job among [#jobs]
    StageJob job(String run, int index, int attempt) {
        String stages = jobs.get(index);
        boolean parallel = List.of(stages.split("\\+")).stream().anyMatch(TrainingStage::isTogether);
        return new StageJob(run, attempt, stages, parallel ? resources.workers() : 1, configuration, resources);
    }

    /// The job that begins with a stage; the first where it is not told.
    int indexOf(@Nullable String stage) {
        for (int i = 0; i < jobs.size(); i++) if (jobs.get(i).split("\\+")[0].equals(stage)) return i;
        return 0;
    }
}
