package dev.cm3leon.orchestrator;

import static java.util.Objects.requireNonNull;

import dev.cm3leon.events.JobExit;
import dev.cm3leon.objectstore.ContentKey;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.models.V1Capabilities;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapVolumeSource;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1EmptyDirVolumeSource;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1EnvVarSource;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1JobSpec;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1OwnerReference;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaimVolumeSource;
import io.kubernetes.client.openapi.models.V1PodFailurePolicy;
import io.kubernetes.client.openapi.models.V1PodFailurePolicyOnExitCodesRequirement;
import io.kubernetes.client.openapi.models.V1PodFailurePolicyOnPodConditionsPattern;
import io.kubernetes.client.openapi.models.V1PodFailurePolicyRule;
import io.kubernetes.client.openapi.models.V1PodSecurityContext;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1ResourceRequirements;
import io.kubernetes.client.openapi.models.V1SeccompProfile;
import io.kubernetes.client.openapi.models.V1SecretKeySelector;
import io.kubernetes.client.openapi.models.V1SecurityContext;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServicePort;
import io.kubernetes.client.openapi.models.V1ServiceSpec;
import io.kubernetes.client.openapi.models.V1Volume;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A job as Kubernetes objects: an Indexed Job, which owns a ConfigMap with the configuration and, where there are
/// several workers, a headless Service by which they find worker 0. All three have one name, made of run, attempt and
/// stage, so that the same job cannot be made twice.
///
/// @param reach environment of the workers: where broker and object store are
/// @param attempts how often a worker may be lost, on the average, before the job fails
record JobManifests(KubernetesProperties properties, Map<String, String> reach, int attempts) {
    static final String RUN = "cm3leon.dev/run";
    static final String ATTEMPT = "cm3leon.dev/attempt";
    static final String QUEUE = "kueue.x-k8s.io/queue-name";
    static final String GIVEN_UP = "cm3leon.dev/given-up"; // an annotation: why
    static final String OURS = "app.kubernetes.io/managed-by=trainer-orchestrator";

    private static final int LONGEST_RUN = 36; // a UUID
    private static final String CONTAINER = "trainer";

    JobManifests {
        reach = Map.copyOf(reach);
    }

    static String name(StageJob job) {
        String stage = job.stage() == null ? "all" : job.stage();
        return "cm3-%s-%d-%s".formatted(slug(job.run()), job.attempt(), stage);
    }

    /// A run's id where it can be part of a name, else what is left of it and a piece of its hash.
    static String slug(String run) {
        if (run.length() <= LONGEST_RUN && run.matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?")) return run;
        String left = run.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
        if (left.length() > LONGEST_RUN - 9)
            left = left.substring(0, LONGEST_RUN - 9).replaceAll("-+$", "");
        return (left.isEmpty() ? "run" : left) + "-" + hash(run);
    }

    V1Job job(StageJob job) {
        String queue = job.resources().queue() == null
                ? properties.queue()
                : job.resources().queue();
        Map<String, String> labels = labels(job);
        if (!queue.isEmpty()) labels.put(QUEUE, queue);
        return new V1Job()
                .metadata(meta(job, labels))
                .spec(new V1JobSpec()
                        .completionMode("Indexed")
                        .completions(job.workers())
                        .parallelism(job.workers())
                        .backoffLimit(attempts * job.workers())
                        .activeDeadlineSeconds(job.resources().deadlineSeconds())
                        .suspend(queue.isEmpty() ? null : Boolean.TRUE) // Kueue lets it go
                        .podFailurePolicy(failurePolicy())
                        .template(new V1PodTemplateSpec()
                                .metadata(new V1ObjectMeta().labels(labels(job)))
                                .spec(pod(job))));
    }

    V1ConfigMap configuration(StageJob job, V1Job owner) {
        return new V1ConfigMap()
                .metadata(meta(job, labels(job)).addOwnerReferencesItem(ownedBy(owner)))
                .immutable(true)
                .data(Map.of("configuration.json", job.configuration()));
    }

    /// Null where a worker is alone.
    @Nullable
    V1Service rendezvous(StageJob job, V1Job owner) {
        if (job.workers() == 1) return null;
        return new V1Service()
                .metadata(meta(job, labels(job)).addOwnerReferencesItem(ownedBy(owner)))
                .spec(new V1ServiceSpec()
                        .clusterIP("None")
                        .publishNotReadyAddresses(true) // they meet before any of them is ready
                        .selector(Map.of("batch.kubernetes.io/job-name", name(job)))
                        .addPortsItem(new V1ServicePort()
                                .name("rendezvous")
                                .port(properties.rendezvousPort())
                                .targetPort(new IntOrString(properties.rendezvousPort()))));
    }

    /// Who failed or was refused would end the same in another try. A worker that only lost another, or its node, is
    /// not counted.
    private static V1PodFailurePolicy failurePolicy() {
        return new V1PodFailurePolicy()
                .addRulesItem(new V1PodFailurePolicyRule()
                        .action("Ignore")
                        .addOnPodConditionsItem(new V1PodFailurePolicyOnPodConditionsPattern()
                                .type("DisruptionTarget")
                                .status("True")))
                .addRulesItem(new V1PodFailurePolicyRule()
                        .action("FailJob")
                        .onExitCodes(new V1PodFailurePolicyOnExitCodesRequirement()
                                .containerName(CONTAINER)
                                .operator("In")
                                .values(List.of(JobExit.FAILED, JobExit.REFUSED))))
                .addRulesItem(new V1PodFailurePolicyRule()
                        .action("Ignore")
                        .onExitCodes(new V1PodFailurePolicyOnExitCodesRequirement()
                                .containerName(CONTAINER)
                                .operator("In")
                                .values(List.of(JobExit.LOST_WORKER))));
    }

    private V1PodSpec pod(StageJob job) {
        boolean tolerant =
                job.resources().gpu() > 0 && !properties.tolerations().isEmpty();
        var pod = new V1PodSpec()
                .restartPolicy("Never")
                .serviceAccountName(properties.serviceAccount())
                .automountServiceAccountToken(false)
                .enableServiceLinks(false)
                .subdomain(job.workers() == 1 ? null : name(job))
                .priorityClassName(job.resources().priority())
                .nodeSelector(properties.nodeSelector().isEmpty() ? null : properties.nodeSelector())
                .tolerations(tolerant ? properties.tolerations() : null)
                .terminationGracePeriodSeconds(60L) // to save a checkpoint
                .securityContext(new V1PodSecurityContext()
                        .runAsNonRoot(true)
                        .runAsUser(10001L)
                        .runAsGroup(10001L)
                        .fsGroup(10001L)
                        .seccompProfile(new V1SeccompProfile().type("RuntimeDefault")))
                .addContainersItem(container(job))
                .addVolumesItem(
                        new V1Volume().name("configuration").configMap(new V1ConfigMapVolumeSource().name(name(job))))
                .addVolumesItem(new V1Volume()
                        .name("work")
                        .emptyDir(new V1EmptyDirVolumeSource().sizeLimit(new Quantity(properties.disk()))))
                .addVolumesItem(new V1Volume().name("tmp").emptyDir(new V1EmptyDirVolumeSource()));
        if (!properties.corpora().isEmpty())
            pod.addVolumesItem(new V1Volume()
                    .name("corpora")
                    .persistentVolumeClaim(new V1PersistentVolumeClaimVolumeSource()
                            .claimName(properties.corpora())
                            .readOnly(true)));
        return pod;
    }

    private V1Container container(StageJob job) {
        List<String> arguments = new ArrayList<>();
        boolean named = !job.configuration().startsWith("{");
        arguments.add(named ? job.configuration() : "/etc/cm3leon/configuration.json");
        arguments.addAll(List.of("--run", job.run(), "--output", "/work"));
        if (!job.stages().isEmpty())
            arguments.addAll(List.of("--stages", job.stages().replace('+', ',')));
        var container = new V1Container()
                .name(CONTAINER)
                .image(properties.image())
                .imagePullPolicy(properties.imagePullPolicy())
                .args(arguments)
                .env(environment(job))
                .resources(resources(job))
                .terminationMessagePolicy("FallbackToLogsOnError") // its last words, without the right to read logs
                .securityContext(new V1SecurityContext()
                        .allowPrivilegeEscalation(false)
                        .readOnlyRootFilesystem(true)
                        .capabilities(new V1Capabilities().addDropItem("ALL")))
                .addVolumeMountsItem(new V1VolumeMount()
                        .name("configuration")
                        .mountPath("/etc/cm3leon")
                        .readOnly(true))
                .addVolumeMountsItem(new V1VolumeMount().name("work").mountPath("/work"))
                .addVolumeMountsItem(new V1VolumeMount().name("tmp").mountPath("/tmp"));
        if (!properties.corpora().isEmpty())
            container.addVolumeMountsItem(
                    new V1VolumeMount().name("corpora").mountPath("/corpora").readOnly(true));
        return container;
    }

    private List<V1EnvVar> environment(StageJob job) {
        List<V1EnvVar> environment = new ArrayList<>();
        environment.add(new V1EnvVar().name("CM3_WORLD_SIZE").value(Integer.toString(job.workers())));
        if (job.workers() > 1) {
            String host = "%1$s-0.%1$s.%2$s.svc".formatted(name(job), properties.namespace());
            environment.add(new V1EnvVar().name("CM3_RENDEZVOUS").value(host + ":" + properties.rendezvousPort()));
        }
        reach.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(to -> new V1EnvVar().name(to.getKey()).value(to.getValue()))
                .forEach(environment::add);
        if (reach.containsKey("CM3_S3_ENDPOINT")) {
            environment.add(secret("CM3_S3_ACCESS_KEY", properties.storeSecret(), "access-key"));
            environment.add(secret("CM3_S3_SECRET_KEY", properties.storeSecret(), "secret-key"));
        }
        for (String property : properties.kafkaSecretProperties())
            environment.add(secret(variable(property), properties.kafkaSecret(), property));
        environment.add(new V1EnvVar().name("OPENBLAS_NUM_THREADS").value("1"));
        environment.add(new V1EnvVar().name("OMP_WAIT_POLICY").value("passive"));
        return environment;
    }

    private static V1EnvVar secret(String variable, String secret, String key) {
        return new V1EnvVar()
                .name(variable)
                .valueFrom(new V1EnvVarSource()
                        .secretKeyRef(new V1SecretKeySelector().name(secret).key(key)));
    }

    /// In which a worker looks for a property of the broker's clients.
    static String variable(String property) {
        return "CM3_KAFKA_PROPERTIES_" + property.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private V1ResourceRequirements resources(StageJob job) {
        var wanted = job.resources();
        var memory = new Quantity(wanted.memory());
        var limits = new LinkedHashMap<>(Map.of("memory", memory));
        if (wanted.gpu() > 0) limits.put(properties.gpuResource(), new Quantity(Integer.toString(wanted.gpu())));
        return new V1ResourceRequirements()
                .requests(Map.of("cpu", new Quantity(wanted.cpu()), "memory", memory))
                .limits(limits);
    }

    private V1ObjectMeta meta(StageJob job, Map<String, String> labels) {
        return new V1ObjectMeta()
                .namespace(properties.namespace())
                .name(name(job))
                .labels(labels)
                .annotations(Map.of(RUN, job.run()));
    }

    private static Map<String, String> labels(StageJob job) {
        var labels = new LinkedHashMap<String, String>();
        labels.put("app.kubernetes.io/name", "trainer-job");
        labels.put("app.kubernetes.io/part-of", "cm3leon");
        labels.put("app.kubernetes.io/managed-by", "trainer-orchestrator");
        labels.put(RUN, slug(job.run()));
        labels.put(ATTEMPT, Integer.toString(job.attempt()));
        labels.put("cm3leon.dev/stage", job.stage() == null ? "all" : job.stage());
        return labels;
    }

    private static V1OwnerReference ownedBy(V1Job job) {
        return new V1OwnerReference()
                .apiVersion("batch/v1")
                .kind("Job")
                .name(JobLook.name(job))
                .uid(requireNonNull(JobLook.meta(job).getUid()))
                .controller(true)
                .blockOwnerDeletion(true); // the job is gone when everything is
    }

    private static String hash(String run) {
        return ContentKey.sha256(run.getBytes(StandardCharsets.UTF_8)).substring(0, 8);
    }
}
