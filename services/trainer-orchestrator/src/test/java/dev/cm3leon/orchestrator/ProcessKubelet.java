package dev.cm3leon.orchestrator;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.CoordinationV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerState;
import io.kubernetes.client.openapi.models.V1ContainerStateRunning;
import io.kubernetes.client.openapi.models.V1ContainerStateTerminated;
import io.kubernetes.client.openapi.models.V1ContainerStateWaiting;
import io.kubernetes.client.openapi.models.V1ContainerStatus;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1Lease;
import io.kubernetes.client.openapi.models.V1LeaseSpec;
import io.kubernetes.client.openapi.models.V1Node;
import io.kubernetes.client.openapi.models.V1NodeCondition;
import io.kubernetes.client.openapi.models.V1NodeStatus;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodCondition;
import io.kubernetes.client.openapi.models.V1Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A node of a real cluster without containers: each pod that is bound to it runs as a process of this
/// machine. An image is a command line here. What is mounted lies in a folder of the pod, and arguments and
/// variables that name a path in a mount are told where that is; names of pods are 127.0.0.1. Processes that
/// outgrow their memory limit are killed as the kernel would.
final class ProcessKubelet implements AutoCloseable {
    private static final int LAST_WORDS = 2048;

    private final CoreV1Api core;
    private final CoordinationV1Api coordination;
    private final String node;
    private final Path folder;
    private final Map<String, List<String>> images;
    private final Map<String, Process> processes = new ConcurrentHashMap<>();
    private final Set<String> taken = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kubelet").factory());
    private final ExecutorService pods = Executors.newVirtualThreadPerTaskExecutor();

    /// @param folder of the pods, each in one of its own
    /// @param images command line of each image; a pod with another waits for it for ever
    ProcessKubelet(ApiClient client, String node, Path folder, Map<String, List<String>> images) throws ApiException {
        this.core = new CoreV1Api(client);
        this.coordination = new CoordinationV1Api(client);
        this.node = node;
        this.folder = folder;
        this.images = images;
        try {
            core.createNode(new V1Node()
                            .metadata(new V1ObjectMeta().name(node).labels(Map.of("kubernetes.io/hostname", node))))
                    .execute();
        } catch (ApiException e) {
            if (e.getCode() != 409) throw e;
        }
        beat();
        loop.scheduleWithFixedDelay(() -> attempt(this::beat), 5, 5, TimeUnit.SECONDS);
        loop.scheduleWithFixedDelay(() -> attempt(this::look), 0, 150, TimeUnit.MILLISECONDS);
    }

    /// The processes of a job's pods.
    List<Process> processesOf(String job) {
        return processes.entrySet().stream()
                .filter(process -> process.getKey().contains("/" + job + "-"))
                .map(Map.Entry::getValue)
                .toList();
    }

    /// Everything the workers of a job wrote, over all their pods.
    String logsOf(String job) {
        try {
            return read(job);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(String job) throws IOException {
        var all = new StringBuilder();
        if (!Files.isDirectory(folder)) return "";
        try (var logs = Files.newDirectoryStream(folder, job + "-*.log")) {
            for (Path log : logs) all.append(Files.readString(log));
        }
        return all.toString();
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void attempt(Action action) {
        try {
            action.run();
        } catch (Exception e) {
            System.err.println("kubelet: " + e + (e instanceof ApiException api ? " " + api.getResponseBody() : ""));
        }
    }

    /// Says that the node lives: without it, its pods would be taken away.
    private void beat() throws ApiException {
        var now = OffsetDateTime.now();
        var room = Map.of(
                "cpu",
                new Quantity("16"),
                "memory",
                new Quantity("64Gi"),
                "pods",
                new Quantity("200"),
                "ephemeral-storage",
                new Quantity("200Gi"),
                "nvidia.com/gpu",
                new Quantity("2"));
        V1Node self = core.readNode(node).execute();
        requireNonNull(self.getMetadata()).setResourceVersion(null); // whatever controllers wrote meanwhile
        self.setStatus(new V1NodeStatus()
                .capacity(room)
                .allocatable(room)
                .conditions(List.of(new V1NodeCondition()
                        .type("Ready")
                        .status("True")
                        .reason("KubeletReady")
                        .lastHeartbeatTime(now)
                        .lastTransitionTime(now))));
        core.replaceNodeStatus(node, self).execute();
        var spec =
                new V1LeaseSpec().holderIdentity(node).leaseDurationSeconds(40).renewTime(now);
        try {
            V1Lease lease =
                    coordination.readNamespacedLease(node, "kube-node-lease").execute();
            coordination
                    .replaceNamespacedLease(node, "kube-node-lease", lease.spec(spec))
                    .execute();
        } catch (ApiException e) {
            if (e.getCode() != 404) throw e;
            var lease = new V1Lease().metadata(new V1ObjectMeta().name(node)).spec(spec);
            coordination.createNamespacedLease("kube-node-lease", lease).execute();
        }
    }

    private void look() throws ApiException {
        var mine = core.listPodForAllNamespaces()
                .fieldSelector("spec.nodeName=" + node)
                .execute();
        for (V1Pod pod : mine.getItems()) {
            String uid = uid(pod);
            if (JobLook.meta(pod).getDeletionTimestamp() != null) {
                if (taken.add("end " + uid)) pods.submit(() -> attempt(() -> end(pod)));
            } else if ("Pending".equals(requireNonNull(pod.getStatus()).getPhase()) && taken.add(uid)) {
                pods.submit(() -> attempt(() -> run(pod)));
            }
        }
    }

    private void run(V1Pod pod) throws Exception {
        V1Container container = requireNonNull(pod.getSpec()).getContainers().getFirst();
        List<String> image = images.get(container.getImage());
        if (image == null) {
            tell(
                    pod,
                    "Pending",
                    new V1ContainerState()
                            .waiting(new V1ContainerStateWaiting()
                                    .reason("ImagePullBackOff")
                                    .message("Back-off pulling image \"%s\"".formatted(container.getImage()))));
            return;
        }
        Path home = Files.createDirectories(folder.resolve(JobLook.name(pod)));
        Map<String, Path> mounts = new LinkedHashMap<>();
        for (V1Volume volume : requireNonNullElse(pod.getSpec().getVolumes(), List.<V1Volume>of())) {
            Path place = Files.createDirectories(home.resolve(volume.getName()));
            if (volume.getConfigMap() != null)
                write(pod, requireNonNull(volume.getConfigMap().getName()), place);
            requireNonNull(container.getVolumeMounts()).stream()
                    .filter(mount -> mount.getName().equals(volume.getName()))
                    .forEach(mount -> mounts.put(mount.getMountPath(), place));
        }
        UnaryOperator<String> here = text -> here(text, mounts);
        List<String> command = new ArrayList<>(image);
        requireNonNullElse(container.getArgs(), List.<String>of()).stream()
                .map(here)
                .forEach(command::add);
        Path log = folder.resolve(JobLook.name(pod) + ".log");
        var builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        for (V1EnvVar variable : requireNonNullElse(container.getEnv(), List.<V1EnvVar>of())) {
            builder.environment().put(variable.getName(), here.apply(value(variable, pod)));
        }
        OffsetDateTime start = OffsetDateTime.now();
        Process process = builder.start();
        processes.put(key(pod), process);
        tell(pod, "Running", new V1ContainerState().running(new V1ContainerStateRunning().startedAt(start)));
        boolean outgrew = watchMemory(process, container);
        int code = process.waitFor();
        String words = Files.readString(log, StandardCharsets.UTF_8);
        tell(
                pod,
                code == 0 ? "Succeeded" : "Failed",
                new V1ContainerState()
                        .terminated(new V1ContainerStateTerminated()
                                .exitCode(code)
                                .reason(code == 0 ? "Completed" : outgrew ? "OOMKilled" : "Error")
                                .message(
                                        code == 0 || words.isEmpty()
                                                ? null
                                                : words.substring(Math.max(0, words.length() - LAST_WORDS)))
                                .startedAt(start)
                                .finishedAt(OffsetDateTime.now())));
        processes.remove(key(pod));
    }

    /// Until the process ends.
    ///
    /// @return whether it was killed because it took more than its limit
    private static boolean watchMemory(Process process, V1Container container) throws Exception {
        var limits = requireNonNull(container.getResources()).getLimits();
        Quantity limit = limits == null ? null : limits.get("memory");
        Path pages = Path.of("/proc/" + process.pid() + "/statm");
        while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
            if (limit == null) continue;
            try {
                long resident = 4096 * Long.parseLong(Files.readString(pages).split(" ")[1]);
                if (resident > limit.getNumber().longValue()) {
                    process.destroyForcibly();
                    return true;
                }
            } catch (IOException ended) {
                return false;
            }
        }
        return false;
    }

    private void end(V1Pod pod) throws Exception {
        Process process = processes.get(key(pod));
        if (process != null) {
            process.destroy();
            long grace = requireNonNullElse(JobLook.meta(pod).getDeletionGracePeriodSeconds(), 30L);
            if (!process.waitFor(grace, TimeUnit.SECONDS)) process.destroyForcibly();
            for (int i = 0; i < 100 && processes.containsKey(key(pod)); i++) Thread.sleep(50); // its end is told first
        } else {
            tell(pod, "Failed", null); // a pod that never ran has ended too
        }
        try {
            core.deleteNamespacedPod(JobLook.name(pod), namespace(pod))
                    .gracePeriodSeconds(0)
                    .execute();
        } catch (ApiException e) {
            if (e.getCode() != 404) throw e;
        }
    }

    private void write(V1Pod pod, String configMap, Path place) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                var data = core.readNamespacedConfigMap(configMap, namespace(pod))
                        .execute()
                        .getData();
                for (var file : requireNonNull(data).entrySet()) {
                    Files.writeString(place.resolve(file.getKey()), file.getValue());
                }
                return;
            } catch (ApiException e) {
                if (e.getCode() != 404 || tries == 600) throw e;
                Thread.sleep(100); // as a kubelet waits for what is to be mounted
            }
        }
    }

    private static String here(String text, Map<String, Path> mounts) {
        for (var mount : mounts.entrySet()) {
            if (text.equals(mount.getKey()) || text.startsWith(mount.getKey() + "/")) {
                return mount.getValue() + text.substring(mount.getKey().length());
            }
        }
        return text.replaceAll("[a-z0-9.-]+\\.svc\\b", "127.0.0.1");
    }

    private String value(V1EnvVar variable, V1Pod pod) throws ApiException {
        var from = variable.getValueFrom();
        if (from == null) return requireNonNullElse(variable.getValue(), "");
        if (from.getSecretKeyRef() != null) {
            String secret = requireNonNull(from.getSecretKeyRef().getName());
            byte[] value = requireNonNull(core.readNamespacedSecret(secret, namespace(pod))
                            .execute()
                            .getData())
                    .get(from.getSecretKeyRef().getKey());
            return new String(value, StandardCharsets.UTF_8);
        }
        String field = requireNonNull(from.getFieldRef()).getFieldPath();
        String key = field.contains("'") ? field.substring(field.indexOf('\'') + 1, field.lastIndexOf('\'')) : "";
        if (field.startsWith("metadata.labels")) return JobLook.labels(pod).getOrDefault(key, "");
        if (field.startsWith("metadata.annotations")) {
            return requireNonNullElse(JobLook.meta(pod).getAnnotations(), Map.<String, String>of())
                    .getOrDefault(key, "");
        }
        throw new IllegalArgumentException("this kubelet knows no field " + field);
    }

    /// Puts a pod's status, keeping the conditions of others.
    private void tell(V1Pod pod, String phase, @Nullable V1ContainerState state) throws Exception {
        for (int tries = 0; tries < 20; tries++) {
            try {
                V1Pod now = core.readNamespacedPod(JobLook.name(pod), namespace(pod))
                        .execute();
                var status = requireNonNull(now.getStatus());
                if (List.of("Succeeded", "Failed").contains(status.getPhase())) return;
                boolean runs = phase.equals("Running");
                List<V1PodCondition> conditions = new ArrayList<>();
                requireNonNullElse(status.getConditions(), List.<V1PodCondition>of()).stream()
                        .filter(c -> !c.getType().endsWith("Ready"))
                        .forEach(conditions::add);
                conditions.add(new V1PodCondition()
                        .type("Ready")
                        .status(runs ? "True" : "False")
                        .lastTransitionTime(OffsetDateTime.now()));
                status.phase(phase)
                        .startTime(OffsetDateTime.now())
                        .podIP("127.0.0.1")
                        .conditions(conditions);
                if (state != null) {
                    V1Container container =
                            requireNonNull(now.getSpec()).getContainers().getFirst();
                    status.containerStatuses(List.of(new V1ContainerStatus()
                            .name(container.getName())
                            .image(container.getImage())
                            .imageID("process")
                            .ready(runs)
                            .started(runs)
                            .restartCount(0)
                            .state(state)));
                }
                core.replaceNamespacedPodStatus(JobLook.name(pod), namespace(pod), now)
                        .execute();
                return;
            } catch (ApiException e) {
                if (e.getCode() == 404) return;
                if (e.getCode() != 409) throw e;
            }
        }
    }

    private static String uid(V1Pod pod) {
        return requireNonNull(JobLook.meta(pod).getUid());
    }

    private static String namespace(V1Pod pod) {
        return requireNonNull(JobLook.meta(pod).getNamespace());
    }

    private static String key(V1Pod pod) {
        return uid(pod) + "/" + JobLook.name(pod);
    }

    @Override
    public void close() {
        loop.shutdownNow();
        processes.values().forEach(Process::destroyForcibly);
        pods.shutdownNow();
    }
}
