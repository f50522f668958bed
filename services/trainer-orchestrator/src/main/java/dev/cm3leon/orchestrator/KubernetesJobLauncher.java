package dev.cm3leon.orchestrator;

import com.google.gson.reflect.TypeToken;
import dev.cm3leon.orchestrator.Input.Ending;
import dev.cm3leon.orchestrator.Input.JobEnded;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.BatchV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.CoreV1Event;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1JobList;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Jobs as Jobs of Kubernetes, see [JobManifests]. The cluster is the only list of jobs, and names are made of run and
/// attempt: starting looks there, so a second delivery or a restart attaches instead of doubling.
///
/// One thread lists, then watches from that list's resource version; when a watch ends, for whatever reason, it lists
/// again. A job is kept by the cluster until its end is noted elsewhere: only then it is given a time to live.
final class KubernetesJobLauncher implements JobLauncher {
    private static final Logger log = LoggerFactory.getLogger(KubernetesJobLauncher.class);
    private static final Type JOB_EVENTS = new TypeToken<Watch.Response<V1Job>>() {}.getType();
    private static final JsonMapper JSON = new JsonMapper();

    private final ApiClient client;
    private final BatchV1Api batch;
    private final CoreV1Api core;
    private final String namespace;
    private final JobManifests manifests;
    private final Duration lookEvery;
    private final InstantSource clock;
    private final Thread watcher;

    private final Map<String, Followed> followed = new HashMap<>();
    private final Map<String, Stopping> stopping = new HashMap<>();
    private final Set<String> suspending = new HashSet<>();
    private final Map<String, Integer> released = new HashMap<>(); // by slug: before which attempt, 0 for all
    private volatile boolean closed;

    /// @param lookEvery how long a watch lasts before everything is listed again
    KubernetesJobLauncher(
            ApiClient client, String namespace, JobManifests manifests, Duration lookEvery, InstantSource clock) {
        this.client = client;
        this.batch = new BatchV1Api(client);
        this.core = new CoreV1Api(client);
        this.namespace = namespace;
        this.manifests = manifests;
        this.lookEvery = lookEvery;
        this.clock = clock;
        // a watch says nothing for as long as nothing happens
        client.setHttpClient(client.getHttpClient()
                .newBuilder()
                .readTimeout(lookEvery.plusSeconds(20))
                .build());
        watcher = Thread.ofPlatform().daemon().name("kubernetes-jobs").start(this::watch);
    }

    @Override
    public String name() {
        return "kubernetes";
    }

    @Override
    public void start(StageJob wanted, Listener listener) {
        if (closed) throw notNow("the orchestrator is shutting down", null);
        String name = JobManifests.name(wanted);
        synchronized (this) {
            suspending.remove(wanted.run());
        }
        try {
            refuseASecondJob(wanted, name);
            V1Job job = created(wanted, name);
            if (isGoing(job)) throw notNow("job " + name + " of before is still being deleted", null);
            if (Boolean.TRUE.equals(JobLook.spec(job).getSuspend()) && queueOf(job) == null) {
                job = patch(name, Map.of("spec", Map.of("suspend", false)));
            }
            complete(wanted, job);
        } catch (ApiException e) {
            throw refusal(e, "job " + name);
        }
        synchronized (this) {
            followed.put(wanted.run(), new Followed(wanted, listener, ""));
        }
        look(wanted.run()); // it may have ended long ago
    }

    @Override
    public synchronized void attach(StageJob job, Listener listener) {
        followed.put(job.run(), new Followed(job, listener, null)); // the watcher's next list tells of it
    }

    @Override
    public void suspend(StageJob job, Listener listener) {
        synchronized (this) {
            followed.remove(job.run());
            suspending.add(job.run());
        }
        lookAtSuspending(job.run());
    }

    @Override
    public void stop(String run, int attempt, Listener listener) {
        synchronized (this) {
            followed.remove(run);
            suspending.remove(run);
            stopping.put(run, new Stopping(attempt, listener));
        }
        lookAtStopping(run);
    }

    @Override
    public synchronized void release(String run, int current) {
        released.put(JobManifests.slug(run), current); // the watcher's next list shows its jobs
    }

    @Override
    public void close() {
        closed = true;
        watcher.interrupt();
    }

    /// Somebody may have deleted the job that the orchestrator remembers, and the one after it runs.
    private void refuseASecondJob(StageJob wanted, String name) throws ApiException {
        for (V1Job other : jobsOf(wanted.run())) {
            String otherName = JobLook.name(other);
            if (otherName.equals(name) || JobLook.ending(other).isPresent()) continue;
            if (!isGoing(other)) delete(otherName);
            throw notNow("job " + otherName + " of the same run is being deleted first", null);
        }
    }

    /// The job, made now or before.
    private V1Job created(StageJob wanted, String name) throws ApiException {
        try {
            V1Job job =
                    batch.createNamespacedJob(namespace, manifests.job(wanted)).execute();
            log.atInfo()
                    .addKeyValue("run", wanted.run())
                    .addKeyValue("job", name)
                    .log("made a job");
            return job;
        } catch (ApiException e) {
            if (e.getCode() != 409) throw e;
        }
        try {
            return batch.readNamespacedJob(name, namespace).execute();
        } catch (ApiException e) {
            if (e.getCode() == 404) throw notNow("job " + name + " of before has just gone", e);
            throw e;
        }
    }

    /// What a job owns is made after it, since it is to belong to it; its pods wait for the configuration.
    private void complete(StageJob wanted, V1Job job) throws ApiException {
        if (JobLook.ending(job).isPresent()) return;
        try {
            ifMissing(() -> core.createNamespacedConfigMap(namespace, manifests.configuration(wanted, job))
                    .execute());
            V1Service rendezvous = manifests.rendezvous(wanted, job);
            if (rendezvous != null) {
                ifMissing(() ->
                        core.createNamespacedService(namespace, rendezvous).execute());
            }
        } catch (ApiException e) {
            if (!mayGetBetter(e)) delete(JobManifests.name(wanted)); // or its pods would wait for ever
            throw e;
        }
    }

    private interface Call {
        void make() throws ApiException;
    }

    private static void ifMissing(Call create) throws ApiException {
        try {
            create.make();
        } catch (ApiException e) {
            if (e.getCode() != 409) throw e;
        }
    }

    private void watch() {
        Duration wait = Duration.ZERO;
        while (!closed) {
            try {
                Thread.sleep(wait);
                Map<String, Integer> over = releasedRuns();
                V1JobList all = batch.listNamespacedJob(namespace)
                        .labelSelector(JobManifests.OURS)
                        .execute();
                Map<String, V1Job> byName =
                        all.getItems().stream().collect(Collectors.toMap(job -> JobLook.name(job), job -> job));
                for (Followed one : following()) {
                    V1Job job = byName.get(JobManifests.name(one.job));
                    if (job == null) look(one.job.run());
                    else look(one, job);
                }
                for (String run : stoppingRuns()) lookAtStopping(run);
                for (String run : suspendingRuns()) lookAtSuspending(run);
                release(over, all.getItems());
                follow(all.getMetadata() == null ? null : all.getMetadata().getResourceVersion());
                wait = Duration.ZERO;
            } catch (InterruptedException e) {
                return; // closed
            } catch (ApiException | IOException | RuntimeException e) {
                if (closed) return;
                wait = wait.isZero() ? Duration.ofMillis(500) : min(wait.multipliedBy(2), Duration.ofSeconds(15));
                String reason = e instanceof ApiException api ? reason(api) : String.valueOf(e.getMessage());
                log.atWarn()
                        .addKeyValue("reason", reason)
                        .addKeyValue("again_in", wait)
                        .log("cannot see the jobs of the cluster");
                for (Followed one : following()) waits(one, "the cluster cannot be seen: " + reason);
            }
        }
    }

    /// Hears of changes since a list, until the watch ends: by its time, by an error such as 410 Gone, or with its
    /// connection.
    private void follow(@Nullable String resourceVersion) throws ApiException, IOException {
        var call = batch.listNamespacedJob(namespace)
                .labelSelector(JobManifests.OURS)
                .resourceVersion(resourceVersion)
                .timeoutSeconds(Math.max(1, (int) lookEvery.toSeconds()))
                .watch(true)
                .buildCall(null);
        try (Watch<V1Job> changes = Watch.createWatch(client, call, JOB_EVENTS)) {
            for (Watch.Response<V1Job> change : changes) {
                if (closed || change.object == null || "ERROR".equals(change.type)) return;
                for (Followed one : following()) {
                    if (!JobManifests.name(one.job).equals(JobLook.name(change.object))) continue;
                    if ("DELETED".equals(change.type)) look(one.job.run());
                    else look(one, change.object);
                }
                if ("DELETED".equals(change.type)) {
                    for (String run : stoppingRuns()) lookAtStopping(run);
                }
            }
        }
    }

    /// Asks for a followed job by name: it is in no list, so it may be gone.
    private void look(String run) {
        Followed one;
        synchronized (this) {
            one = followed.get(run);
        }
        if (one == null) return;
        String name = JobManifests.name(one.job);
        try {
            look(one, batch.readNamespacedJob(name, namespace).execute());
        } catch (ApiException e) {
            if (e.getCode() == 404) end(one, Ending.LOST, "job " + name + " is gone from the cluster");
            else
                log.atWarn()
                        .addKeyValue("job", name)
                        .addKeyValue("reason", reason(e))
                        .log("cannot look at a job");
        }
    }

    private void look(Followed one, V1Job job) throws ApiException {
        String name = JobLook.name(job);
        Optional<Ending> ending = JobLook.ending(job);
        if (ending.isPresent()) {
            boolean completed = ending.get() == Ending.COMPLETED;
            end(one, ending.get(), completed ? "" : JobLook.whyFailed(job, podsOf(name), one.waits));
            return;
        }
        List<V1Pod> pods = podsOf(name);
        waits(one, JobLook.waitsFor(job, pods, eventsOf(job)).orElse(""));
        if (JobLook.givenUp(job) == null && JobLook.isHopeless(job, pods, manifests.attempts())) giveUp(name);
    }

    /// The job keeps what its workers said; a deadline ends it.
    private void giveUp(String job) throws ApiException {
        String why = "its workers lost each other %d times in a row, and none of them was taken away"
                .formatted(manifests.attempts());
        log.atWarn().addKeyValue("job", job).addKeyValue("reason", why).log("giving up a job");
        patch(
                job,
                Map.of(
                        "metadata", Map.of("annotations", Map.of(JobManifests.GIVEN_UP, why)),
                        "spec", Map.of("activeDeadlineSeconds", 1)));
    }

    /// What has been told of need not be kept for ever.
    private void release(Map<String, Integer> over, List<V1Job> jobs) {
        long keep = manifests.properties().keep().toSeconds();
        try {
            for (V1Job job : jobs) {
                Integer current = over.get(JobLook.labels(job).get(JobManifests.RUN));
                if (current == null || JobLook.spec(job).getTtlSecondsAfterFinished() != null) continue;
                if (current != 0 && attemptOf(job) >= current) continue;
                patch(JobLook.name(job), Map.of("spec", Map.of("ttlSecondsAfterFinished", keep)));
            }
            synchronized (this) {
                over.forEach(released::remove);
            }
        } catch (ApiException e) { // with the next list
            log.atWarn().addKeyValue("reason", reason(e)).log("cannot give finished jobs a time to live");
        }
    }

    /// Deletes what is left of a run that is to be stopped; tells its end when nothing is.
    private void lookAtStopping(String run) {
        try {
            List<V1Job> left = jobsOf(run);
            for (V1Job job : left) if (!isGoing(job)) delete(JobLook.name(job));
            if (!left.isEmpty()) return;
            Stopping stop;
            synchronized (this) {
                stop = stopping.remove(run);
            }
            if (stop != null) {
                var end = new JobEnded(stop.attempt, Ending.LOST, "stopped", clock.instant());
                tell(run, () -> stop.listener.ended(run, end));
            }
        } catch (ApiException e) {
            log.atWarn()
                    .addKeyValue("run", run)
                    .addKeyValue("reason", reason(e))
                    .log("cannot stop a run's jobs yet");
        }
    }

    /// All jobs of the run: it may have come further than the orchestrator knows. Until the cluster takes it.
    private void lookAtSuspending(String run) {
        try {
            for (V1Job job : jobsOf(run)) {
                if (JobLook.ending(job).isPresent() || isGoing(job)) continue;
                // Kueue would let a suspended job go again: one of its jobs is taken away, and made again later
                if (queueOf(job) != null) delete(JobLook.name(job));
                else patch(JobLook.name(job), Map.of("spec", Map.of("suspend", true)));
            }
            synchronized (this) {
                suspending.remove(run);
            }
        } catch (ApiException e) {
            log.atWarn()
                    .addKeyValue("run", run)
                    .addKeyValue("reason", reason(e))
                    .log("cannot suspend a run's jobs yet");
        }
    }

    private void end(Followed one, Ending ending, String why) {
        String run = one.job.run();
        synchronized (this) {
            if (!followed.remove(run, one)) return;
        }
        log.atInfo()
                .addKeyValue("run", run)
                .addKeyValue("job", JobManifests.name(one.job))
                .addKeyValue("ending", ending)
                .log("a job ended");
        var end = new JobEnded(one.job.attempt(), ending, why, clock.instant());
        tell(run, () -> one.listener.ended(run, end));
    }

    private void waits(Followed one, String why) {
        if (why.equals(one.waits)) return;
        one.waits = why;
        Instant now = clock.instant();
        tell(one.job.run(), () -> {
            if (why.equals(one.waits)) one.listener.waits(one.job.run(), one.job.attempt(), why, now);
        });
    }

    /// Not from the watching thread, which a broker that is away must not stop; and tried until it is taken.
    private void tell(String run, Runnable word) {
        Thread.ofVirtual().name("tell-" + run).start(() -> {
            for (long wait = 200; !closed; wait = Math.min(2 * wait, 10_000)) {
                try {
                    word.run();
                    return;
                } catch (RuntimeException e) {
                    log.atWarn().addKeyValue("run", run).setCause(e).log("cannot pass on what became of a job");
                }
                try {
                    TimeUnit.MILLISECONDS.sleep(wait);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    private synchronized List<Followed> following() {
        return List.copyOf(followed.values());
    }

    private synchronized List<String> stoppingRuns() {
        return List.copyOf(stopping.keySet());
    }

    private synchronized Map<String, Integer> releasedRuns() {
        return new HashMap<>(released);
    }

    private synchronized List<String> suspendingRuns() {
        return List.copyOf(suspending);
    }

    private List<V1Job> jobsOf(String run) throws ApiException {
        return batch.listNamespacedJob(namespace)
                .labelSelector(JobManifests.OURS + "," + JobManifests.RUN + "=" + JobManifests.slug(run))
                .execute()
                .getItems();
    }

    private List<V1Pod> podsOf(String job) throws ApiException {
        return core.listNamespacedPod(namespace)
                .labelSelector("batch.kubernetes.io/job-name=" + job)
                .execute()
                .getItems();
    }

    private List<CoreV1Event> eventsOf(V1Job job) throws ApiException {
        return core.listNamespacedEvent(namespace)
                .fieldSelector("involvedObject.uid=" + JobLook.meta(job).getUid())
                .execute()
                .getItems();
    }

    private void delete(String job) throws ApiException {
        try {
            batch.deleteNamespacedJob(job, namespace)
                    .propagationPolicy("Foreground") // gone when its pods are
                    .execute();
        } catch (ApiException e) {
            if (e.getCode() != 404) throw e;
        }
    }

    private V1Job patch(String job, Map<String, Object> change) throws ApiException {
        var patch = new V1Patch(JSON.writeValueAsString(change));
        return PatchUtils.patch(
                V1Job.class,
                () -> batch.patchNamespacedJob(job, namespace, patch).buildCall(null),
                V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH,
                client);
    }

    private static boolean isGoing(V1Job job) {
        return JobLook.meta(job).getDeletionTimestamp() != null;
    }

    private static int attemptOf(V1Job job) {
        return Integer.parseInt(JobLook.labels(job).getOrDefault(JobManifests.ATTEMPT, "0"));
    }

    private static @Nullable String queueOf(V1Job job) {
        return JobLook.labels(job).get(JobManifests.QUEUE);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /// Unreachable, overloaded, or a quota that others use up now: waiting may help. Missing rights and what the server
    /// calls invalid stay as they are.
    private static boolean mayGetBetter(ApiException e) {
        int code = e.getCode();
        return code == 0
                || code == 409
                || code == 429
                || code >= 500
                || (code == 403 && reason(e).contains("exceeded quota"))
                || (code == 404 && reason(e).contains("namespaces"));
    }

    private static RuntimeException refusal(ApiException e, String what) {
        String reason = what + ": " + reason(e);
        return mayGetBetter(e) ? notNow(reason, e) : new IllegalStateException(reason, e);
    }

    private static UncheckedIOException notNow(String reason, @Nullable Exception cause) {
        return new UncheckedIOException(reason, new IOException(reason, cause));
    }

    /// What the API server says, in its own words.
    private static String reason(ApiException e) {
        if (e.getResponseBody() != null) {
            try {
                String message =
                        JSON.readTree(e.getResponseBody()).path("message").asString("");
                if (!message.isEmpty()) return message;
            } catch (JacksonException noStatus) {
                return "HTTP %d: %s".formatted(e.getCode(), e.getResponseBody().strip());
            }
        }
        Throwable root = e;
        while (root.getCause() != null) root = root.getCause();
        return e.getCode() == 0 ? "the cluster cannot be reached: " + root.getMessage() : "HTTP " + e.getCode();
    }

    /// @param waits the last reason that was told; empty for none, null where an orchestrator before may have told one
    private static final class Followed {
        final StageJob job;
        final Listener listener;
        volatile @Nullable String waits;

        Followed(StageJob job, Listener listener, @Nullable String waits) {
            this.job = job;
            this.listener = listener;
            this.waits = waits;
        }
    }

    private record Stopping(int attempt, Listener listener) {}
}
