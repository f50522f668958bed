package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingStage;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.models.V1Toleration;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How jobs run on Kubernetes: `cm3.orchestrator.kubernetes`.
///
/// @param kubeconfig of the cluster; where it is not told, the one this pod runs in
/// @param namespace of the jobs
/// @param image of the trainer job
/// @param serviceAccount of the jobs' pods, which need no rights
/// @param storeSecret with `access-key` and `secret-key` of the object store
/// @param kafkaSecret with what is secret of `spring.kafka.properties`, by its name there; empty where nothing is
/// @param kafkaSecretProperties those that it has
/// @param jobs of a run, one after the other: stages joined by `+`
/// @param keep how long a finished job can be looked at
/// @param rendezvousPort where worker 0 waits for the others
/// @param queue of Kueue that admits the jobs; empty where there is none
/// @param gpuResource as the cluster's device plugin names it
/// @param corpora a PersistentVolumeClaim of corpora to train on, which jobs read under `/corpora`; empty for none
/// @param nodeSelector of the jobs' pods
/// @param tolerations of the pods that ask for GPUs, whose nodes are tainted
/// @param lookEvery at most so long after a change of the cluster it is seen, whatever became of the watch
public record KubernetesProperties(
        @Nullable Path kubeconfig,
        @DefaultValue("cm3leon") String namespace,
        @DefaultValue("cm3leon/trainer-job") String image,
        @DefaultValue("IfNotPresent") String imagePullPolicy,
        @DefaultValue("trainer-job") String serviceAccount,
        @DefaultValue("object-store") String storeSecret,
        @DefaultValue("") String kafkaSecret,
        @DefaultValue List<String> kafkaSecretProperties,

        @DefaultValue({"bpe", "vq", "decoder", "clip", "prepare+pretrain", "finetune", "evaluate+export+publish"})
        List<String> jobs,

        @DefaultValue("24h") Duration keep,
        @DefaultValue("29500") int rendezvousPort,
        @DefaultValue("") String queue,
        @DefaultValue("nvidia.com/gpu") String gpuResource,
        @DefaultValue("20Gi") String disk,
        @DefaultValue("") String corpora,
        @DefaultValue Map<String, String> nodeSelector,
        @DefaultValue List<V1Toleration> tolerations,
        @DefaultValue("10s") Duration lookEvery) {

    private static final String STAGE =
            Arrays.stream(TrainingStage.values()).map(TrainingStage::id).collect(Collectors.joining("|", "(", ")"));
    static final String JOB = STAGE + "(\\+" + STAGE + ")*";

    public KubernetesProperties {
        kafkaSecretProperties = List.copyOf(kafkaSecretProperties);
        jobs = List.copyOf(jobs);
        nodeSelector = Map.copyOf(nodeSelector);
        tolerations = List.copyOf(tolerations);
        if (jobs.isEmpty())
            throw new IllegalArgumentException("need at least one job in cm3.orchestrator.kubernetes.jobs");
        for (String job : jobs) {
            if (!job.matches(JOB)) {
                throw new IllegalArgumentException(
                        "cm3.orchestrator.kubernetes.jobs are stages %s joined by +, got %s".formatted(STAGE, job));
            }
        }
    }

    ApiClient client() {
        try {
            if (kubeconfig == null) return ClientBuilder.cluster().build();
            try (var file = Files.newBufferedReader(kubeconfig)) {
                return ClientBuilder.kubeconfig(KubeConfig.loadKubeConfig(file)).build();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read how to reach the cluster"
                            + (kubeconfig == null ? " this pod runs in" : ": " + kubeconfig),
                    e);
        }
    }
}
