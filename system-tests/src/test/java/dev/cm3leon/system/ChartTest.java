package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.kubernetes.client.common.KubernetesObject;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1NetworkPolicyEgressRule;
import io.kubernetes.client.openapi.models.V1NetworkPolicyPort;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1PriorityClass;
import io.kubernetes.client.openapi.models.V1Role;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1Toleration;
import io.kubernetes.client.util.Yaml;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The chart, rendered by Helm, read strictly as what Kubernetes knows, and by the services that get its variables.
class ChartTest {
    private static final Path CHART = ServiceSettings.root().resolve("charts/cm3leon");
    private static final List<String> SERVICES =
            List.of("gateway", "tokenizer", "retriever", "generator", "reranker", "trainer-orchestrator");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void helmHasNothingToSayAgainstIt(String set) throws Exception {
        Path chart = folder.resolve("cm3leon");
        try (var files = Files.walk(CHART)) {
            for (Path file : files.toList())
                Files.copy(file, chart.resolve(CHART.relativize(file).toString()));
        }
        var yaml = new org.yaml.snakeyaml.Yaml();
        Map<String, Object> values = yaml.load(Files.readString(CHART.resolve("values.yaml")));
        for (Path file : values(set)) merge(values, yaml.load(Files.readString(file)));
        Files.writeString(chart.resolve("values.yaml"), yaml.dump(values));

        LintResult result = new Helm(chart).lint().strict().call();

        assertThat(result.isFailed())
                .as(String.join("\n", result.getMessages()))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void everyObjectIsWhatKubernetesKnows(String set) throws Exception {
        for (String document : documents(set)) {
            if (document.contains("kind: ScaledObject")) continue; // the real API server reads those
            assertThat(Yaml.load(document)).as(document).isInstanceOf(KubernetesObject.class);
        }
        assertThatThrownBy(() -> Yaml.load(documents(set).getFirst().replace("metadata:", "metadta:")))
                .hasMessageContaining("metadta");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void everyServiceIsProbedLimitedConfinedAndMayBeDisturbedOnlyOneAtATime(String set) throws Exception {
        List<KubernetesObject> objects = objects(set);
        assertThat(all(objects, V1Deployment.class))
                .extracting(ChartTest::service)
                .containsExactlyInAnyOrderElementsOf(SERVICES);
        for (V1Deployment deployment : all(objects, V1Deployment.class)) {
            V1PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            V1Container container = pod.getContainers().getFirst();

            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getEnableServiceLinks()).isFalse();
            assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(60);
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
            assertThat(container.getResources().getLimits()).containsKey("memory");
            assertThat(container.getStartupProbe()).isNotNull();
            assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/actuator/health/liveness");
            assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/actuator/health/readiness");
        }
        assertThat(all(objects, V1PodDisruptionBudget.class)).hasSameSizeAs(SERVICES);
        assertThat(all(objects, V1NetworkPolicy.class)).hasSize(SERVICES.size() + 1); // and the training jobs'
    }

    /// The build names an image by its own version, and no other tag is anywhere.
    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void theImagesAreThoseThatTheBuildMakes(String set) throws Exception {
        String pom = Files.readString(ServiceSettings.root().resolve("pom.xml"));
        String after = pom.substring(pom.indexOf("<artifactId>cm3leon</artifactId>"));
        String version = after.substring(after.indexOf("<version>") + 9, after.indexOf("</version>"));

        assertThat(all(objects(set), V1Deployment.class)).allSatisfy(deployment -> {
            V1PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            assertThat(pod.getContainers().getFirst().getImage())
                    .endsWith("cm3leon/" + service(deployment) + ":" + version);
        });
    }

    @Test
    void whoInstallsItIsToldHowToReachIt() {
        String told = notes("", Map.of("services.gateway.port", "9090"));

        assertThat(told)
                .contains("kubectl -n cm3leon port-forward service/r-gateway 8080:9090")
                .contains("export CM3_URL=http://localhost:8080")
                .contains("The bank is empty")
                .doesNotContain("Kueue");
        assertThat(ServiceSettings.root().resolve("libs/demo-model/src/main/resources/bank"))
                .isDirectoryContaining(file -> file.endsWith("portraits.tar"))
                .isDirectoryContaining(file -> file.endsWith("things.tar"));
        assertThat(notes("production", Map.of())).contains("LocalQueue training");
    }

    @Test
    void onlyTheOrchestratorMayAskTheClusterForAnything() throws Exception {
        List<KubernetesObject> objects = objects("");

        assertThat(all(objects, V1Role.class)).hasSize(1);
        V1Role role = all(objects, V1Role.class).getFirst();
        assertThat(role.getMetadata().getName()).isEqualTo("r-trainer-orchestrator");
        assertThat(role.getRules()).allSatisfy(rule -> {
            assertThat(rule.getVerbs()).doesNotContain("*");
            assertThat(rule.getResources()).doesNotContain("*", "secrets", "pods/exec");
        });
        assertThat(all(objects, V1ServiceAccount.class))
                .hasSize(SERVICES.size() + 1)
                .allMatch(account -> !account.getAutomountServiceAccountToken());
        assertThat(all(objects, V1Deployment.class))
                .filteredOn(d -> d.getSpec().getTemplate().getSpec().getAutomountServiceAccountToken())
                .extracting(ChartTest::service)
                .containsExactly("trainer-orchestrator");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void theServicesReadEveryVariable(String set) throws Exception {
        for (V1Deployment deployment : all(objects(set), V1Deployment.class)) {
            Map<String, String> environment = environment(deployment);
            ServiceSettings.everyVariableIsRead(service(deployment), environment);

            var settings = new ServiceSettings(service(deployment), environment);
            assertThat(settings.get("server.port"))
                    .as(service(deployment))
                    .isEqualTo(Integer.toString(port(deployment)));
            assertThat(settings.objectStore().secretKey()).isEqualTo("a secret");
            assertThat(settings.get("spring.kafka.bootstrap-servers")).startsWith("kafka");
        }
    }

    private static int port(V1Deployment deployment) {
        return container(deployment).getPorts().getFirst().getContainerPort();
    }

    @Test
    void aServiceListensOnThePortThatTheChartSays() throws Exception {
        for (String service : SERVICES) {
            V1Deployment deployment = deployment(objects("", Map.of("services." + service + ".port", "9090")), service);
            assertThat(port(deployment)).isEqualTo(9090);
            assertThat(new ServiceSettings(service, environment(deployment)).get("server.port"))
                    .as(service)
                    .isEqualTo("9090");
        }
    }

    @Test
    void aTopicOfThreeReplicasOrMoreIsWrittenToTwoAtLeast() throws Exception {
        for (var replicas : Map.of("1", "1", "2", "1", "3", "2", "5", "2").entrySet()) {
            V1Deployment gateway =
                    deployment(objects("", Map.of("kafka.replicationFactor", replicas.getKey())), "gateway");
            var settings = new ServiceSettings("gateway", environment(gateway));
            for (String of : List.of("producer.", "consumer.", "consumer.dlq-producer-properties.")) {
                assertThat(settings.get(
                                "spring.cloud.stream.kafka.default." + of + "topic.properties.min.insync.replicas"))
                        .isEqualTo(replicas.getValue());
            }
        }
    }

    @Test
    void everybodyIsToldWhatASecuredBrokerAsksForAndSecretsStayWhereTheyAre() throws Exception {
        Map<String, String> more = Map.of(
                "kafka.properties.security\\.protocol", "SASL_SSL",
                "kafka.properties.ssl\\.truststore\\.certificates", "a CA",
                "kafka.secret", "kafka-user",
                "kafka.secretProperties[0]", "sasl.jaas.config");
        List<KubernetesObject> objects = objects("", more);

        for (String service : SERVICES) {
            V1Deployment deployment = deployment(objects, service);
            ServiceSettings.everyVariableIsRead(service, environment(deployment));
            assertThat(new ServiceSettings(service, environment(deployment)).kafkaProperties())
                    .isEqualTo(Map.of(
                            "security.protocol", "SASL_SSL",
                            "ssl.truststore.certificates", "a CA",
                            "sasl.jaas.config", "a secret"));
        }
        V1Deployment orchestrator = deployment(objects, "trainer-orchestrator");
        var kubernetes = new ServiceSettings("trainer-orchestrator", environment(orchestrator))
                .orchestrator()
                .kubernetes();
        assertThat(kubernetes.kafkaSecret()).isEqualTo("kafka-user");
        assertThat(kubernetes.kafkaSecretProperties()).containsExactly("sasl.jaas.config");
        assertThatThrownBy(() -> objects("", Map.of("kafka.secretProperties[0]", "sasl.jaas.config")))
                .hasMessageContaining("secret");
    }

    @Test
    void aModelIsHeldToTheGateOfTheValuesWhateverAMeasureIsCalled() throws Exception {
        Map<String, String> more = Map.of(
                "models.gate.nll_image_corpus.at-most", "3.2",
                "models.gate.outer\\.inner.at-least", "1",
                "models.gate.psnr.at-least", "20");

        var gate = new ServiceSettings("gateway", environment(deployment(objects("", more), "gateway"))).promotion();

        assertThat(gate.shortcomings(Map.of("nll_image_corpus", 3.3, "outer.inner", 0.5, "psnr", 19.0, "loss", 2.1)))
                .containsExactly(
                        "need loss <= 2.0, got 2.1",
                        "need nll_image_corpus <= 3.2, got 3.3",
                        "need outer.inner >= 1.0, got 0.5",
                        "need psnr >= 20.0, got 19.0");

        Map<String, String> twice = new HashMap<>(more);
        twice.put("extraEnvironment.SPRING_APPLICATION_JSON", "x");
        assertThatThrownBy(() -> objects("", twice)).hasMessageContaining("SPRING_APPLICATION_JSON");
    }

    @Test
    void theAlertsAreMadeWhereTheyAreAskedFor() {
        assertThat(documents("production")).noneMatch(document -> document.contains("PrometheusRule"));
        String made = documents("", Map.of("alerts.enabled", "true", "alerts.labels.release", "prometheus")).stream()
                .filter(document -> document.contains("kind: PrometheusRule"))
                .findFirst()
                .orElseThrow();

        JsonNode rule = Gateway.JSON.valueToTree(new org.yaml.snakeyaml.Yaml().load(made));
        assertThat(rule.at("/metadata/labels/release").asString()).isEqualTo("prometheus");
        assertThat(rule.at("/spec/groups/0/rules")).hasSizeGreaterThan(5).allSatisfy(alert -> {
            assertThat(alert.path("alert").asString()).startsWith("Cm3");
            assertThat(alert.path("expr").asString()).contains("cm3_");
            assertThat(alert.at("/labels/severity").asString()).isIn("warning", "critical");
            assertThat(alert.at("/annotations/summary").asString()).isNotBlank();
        });
    }

    /// Every gateway tells of the whole platform: the sum of two gateways would be twice as much as there is.
    @Test
    void nothingThatEachGatewayTellsIsAddedUp() throws Exception {
        String asked = Files.readString(CHART.resolve("dashboards/cm3leon.json"))
                + Files.readString(CHART.resolve("alerts/cm3leon.yaml"));

        assertThat(asked)
                .doesNotContainPattern(
                        "sum( by \\([a-z, ]+\\))? ?\\((rate\\()?cm3_(queue|jobs|dead|job_seconds_count|model|training)");
        assertThat(asked).contains("max by (topic, group) (cm3_queue_lag", "max by (run, stage) (cm3_training_loss)");
    }

    @Test
    void theOrchestratorStartsJobsWhereAndAsTheChartSays() throws Exception {
        V1Deployment deployment = deployment(objects("gpu"), "trainer-orchestrator");

        var kubernetes = new ServiceSettings("trainer-orchestrator", environment(deployment))
                .orchestrator()
                .kubernetes();

        assertThat(kubernetes.image()).isEqualTo("cm3leon/trainer-job:0.1.0-SNAPSHOT");
        assertThat(kubernetes.serviceAccount()).isEqualTo("r-trainer-job");
        assertThat(kubernetes.jobs()).startsWith("bpe", "vq");
        assertThat(kubernetes.nodeSelector()).isEmpty();
        assertThat(kubernetes.tolerations())
                .containsExactly(new V1Toleration()
                        .key("nvidia.com/gpu")
                        .operator("Exists")
                        .effect("NoSchedule"));
    }

    @Test
    void jobsGoWhereALabelSaysWhateverItsName() throws Exception {
        List<KubernetesObject> objects = objects(
                "gpu",
                Map.of("training.nodeSelector.nvidia\\.com/gpu\\.present", "yes", "training.nodeSelector.pool", "a"));
        V1Deployment deployment = deployment(objects, "trainer-orchestrator");

        var kubernetes = new ServiceSettings("trainer-orchestrator", environment(deployment))
                .orchestrator()
                .kubernetes();

        assertThat(kubernetes.nodeSelector()).isEqualTo(Map.of("nvidia.com/gpu.present", "yes", "pool", "a"));
        assertThat(kubernetes.tolerations()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void aServiceStopsWithinItsGrace(String set) throws Exception {
        for (V1Deployment deployment : all(objects(set), V1Deployment.class)) {
            V1PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            var lifecycle = pod.getContainers().getFirst().getLifecycle();
            long drain =
                    lifecycle == null ? 0 : lifecycle.getPreStop().getSleep().getSeconds();

            assertThat(new ServiceSettings(service(deployment), environment(deployment)).stopping())
                    .as(service(deployment))
                    .hasSeconds(pod.getTerminationGracePeriodSeconds() - drain - 10);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void aPriorityThatAServiceHasIsMade(String set) throws Exception {
        List<KubernetesObject> objects = objects(set);
        List<String> made = all(objects, V1PriorityClass.class).stream()
                .map(kind -> kind.getMetadata().getName())
                .toList();

        assertThat(all(objects, V1Deployment.class))
                .extracting(d -> d.getSpec().getTemplate().getSpec().getPriorityClassName())
                .filteredOn(Objects::nonNull)
                .isSubsetOf(made);
    }

    @Test
    void servicesGoWhereElseTheyAreLet() throws Exception {
        Map<String, String> more = Map.of("networkPolicies.egress[0].ports[0].port", "4318");

        assertThat(all(objects("", more), V1NetworkPolicy.class))
                .filteredOn(policy -> !policy.getMetadata().getName().equals("r-trainer-job"))
                .hasSameSizeAs(SERVICES)
                .allSatisfy(policy -> assertThat(policy.getSpec().getEgress())
                        .last()
                        .isEqualTo(new V1NetworkPolicyEgressRule()
                                .addPortsItem(new V1NetworkPolicyPort().port(new IntOrString(4318)))));
        assertThat(all(objects(""), V1NetworkPolicy.class))
                .allSatisfy(policy ->
                        assertThat(policy.getSpec().getEgress().toString()).doesNotContain("4318"));
    }

    @Test
    void whatIsQueuedIsWhatTheServicesRead() throws Exception {
        List<String> scaled = new ArrayList<>();
        for (String document : documents("production")) {
            if (!document.contains("kind: ScaledObject")) continue;
            Map<?, ?> object = new org.yaml.snakeyaml.Yaml().load(document);
            String service = ((Map<?, ?>) ((Map<?, ?>) object.get("metadata")).get("labels"))
                    .get("app.kubernetes.io/name")
                    .toString();
            List<String> queues = new ServiceSettings(service, Map.of()).queues();
            for (Object trigger : (List<?>) ((Map<?, ?>) object.get("spec")).get("triggers")) {
                Map<?, ?> metadata = (Map<?, ?>) ((Map<?, ?>) trigger).get("metadata");
                assertThat(queues).as(service).contains(metadata.get("topic") + " " + metadata.get("consumerGroup"));
            }
            scaled.add(service);
        }
        assertThat(scaled).containsExactlyInAnyOrder("tokenizer", "retriever", "generator", "reranker");
    }

    /// None of them computes on one; only training jobs ask.
    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    void noServiceKeepsAGpu(String set) throws Exception {
        assertThat(all(objects(set), V1Deployment.class)).allSatisfy(d -> {
            V1PodSpec pod = d.getSpec().getTemplate().getSpec();
            assertThat(pod.getContainers().getFirst().getResources().getLimits())
                    .doesNotContainKey("nvidia.com/gpu");
            assertThat(pod.getTolerations()).isNullOrEmpty();
        });
    }

    @Test
    void aMisspeltOrImpossibleValueIsRefused() {
        for (var wrong : Map.of(
                        "services.gateway.replica", "2",
                        "services.gateway.port", "0",
                        "services.generator.gpu", "1",
                        "kafka.bootstrapServers", "kafka",
                        "networkPolicies.egress[0].port", "4318",
                        "priorityClasses.high", "2000000000",
                        "training.tolerations[0].keys", "a",
                        "alerts.enable", "true",
                        "models.gate.psnr.at-lest", "18",
                        "training.keep", "soon")
                .entrySet()) {
            var template = new Helm(CHART).template().withKubeVersion("1.36.3").set(wrong.getKey(), wrong.getValue());
            assertThatThrownBy(template::call)
                    .as(wrong.toString())
                    .hasMessageContaining(
                            wrong.getKey().substring(wrong.getKey().lastIndexOf('.') + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "laptop", "gpu", "production"})
    @Tag("real")
    void aRealApiServerTakesEveryObject(String set) throws Exception {
        for (String property : List.of("kubeconfig", "kubectl", "helm")) {
            assumeTrue(
                    System.getProperty("cm3.real." + property) != null,
                    "NOT RUN: no real Kubernetes control plane, the property cm3.real." + property + " is missing");
        }
        String namespace = "chart-" + UUID.randomUUID().toString().substring(0, 8);
        Path rendered = folder.resolve("rendered.yaml");
        List<String> helm = new ArrayList<>(List.of("template", "r", CHART.toString(), "-n", namespace));
        values(set).forEach(file -> helm.addAll(List.of("-f", file.toString())));
        Files.writeString(rendered, run("helm", helm.toArray(String[]::new)));
        run(
                "kubectl",
                "apply",
                "--server-side",
                "-f",
                ServiceSettings.root()
                        .resolve("system-tests/src/test/resources/keda/scaledobjects.yaml")
                        .toString());
        run("kubectl", "wait", "--for=condition=Established", "crd/scaledobjects.keda.sh", "--timeout=30s");
        run("kubectl", "create", "namespace", namespace);
        try {
            run(
                    "kubectl",
                    "label",
                    "namespace",
                    namespace,
                    "pod-security.kubernetes.io/enforce=restricted",
                    "pod-security.kubernetes.io/warn=restricted");
            String taken = run(
                    "kubectl",
                    "apply",
                    "--dry-run=server",
                    "--validate=strict",
                    "-n",
                    namespace,
                    "-f",
                    rendered.toString());

            assertThat(taken.lines()
                            .filter(line -> line.contains("(server dry run)"))
                            .count())
                    .isEqualTo(documents(set).size());
            // a Deployment is only warned about: its pods are what is enforced, so one of each is asked for
            for (V1Deployment deployment : all(objects(set), V1Deployment.class)) {
                var pod = new io.kubernetes.client.openapi.models.V1Pod()
                        .apiVersion("v1")
                        .kind("Pod")
                        .metadata(new io.kubernetes.client.openapi.models.V1ObjectMeta()
                                .name(service(deployment))
                                .namespace(namespace))
                        .spec(deployment
                                .getSpec()
                                .getTemplate()
                                .getSpec()
                                .serviceAccountName("default")
                                .priorityClassName(null)
                                .overhead(null));
                Path file = folder.resolve("pod.yaml");
                Files.writeString(file, Yaml.dump(pod));
                assertThat(run("kubectl", "apply", "--dry-run=server", "-f", file.toString()))
                        .contains("created (server dry run)");
            }
        } finally {
            run("kubectl", "delete", "namespace", namespace, "--wait=false");
        }
    }

    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> into, Map<String, Object> changes) {
        changes.forEach((key, value) -> {
            if (value instanceof Map && into.get(key) instanceof Map) {
                merge((Map<String, Object>) into.get(key), (Map<String, Object>) value);
            } else into.put(key, value);
        });
    }

    private static List<Path> values(String set) {
        return set.isEmpty() ? List.of() : List.of(CHART.resolve("values-" + set + ".yaml"));
    }

    private static List<String> documents(String set) {
        return documents(set, Map.of());
    }

    /// @param more values, as `--set` takes them
    private static List<String> documents(String set, Map<String, String> more) {
        var template = new Helm(CHART)
                .template()
                .withKubeVersion("1.36.3")
                .withName("r")
                .withNamespace("cm3leon");
        values(set).forEach(template::withValuesFile);
        more.forEach(template::set);
        return List.of(template.call().split("(?m)^---\\s*$")).stream()
                .filter(document -> document.contains("kind:"))
                .toList();
    }

    /// What Helm says at the end.
    private static String notes(String set, Map<String, String> more) {
        var install = new Helm(CHART)
                .install()
                .clientOnly()
                .dryRun()
                .withKubeVersion("1.36.3")
                .withName("r")
                .withNamespace("cm3leon");
        values(set).forEach(install::withValuesFile);
        more.forEach(install::set);
        return install.call().getOutput();
    }

    private static List<KubernetesObject> objects(String set) throws Exception {
        return objects(set, Map.of());
    }

    private static List<KubernetesObject> objects(String set, Map<String, String> more) throws Exception {
        List<KubernetesObject> objects = new ArrayList<>();
        for (String document : documents(set, more)) {
            if (!document.contains("kind: ScaledObject")) objects.add((KubernetesObject) Yaml.load(document));
        }
        return objects;
    }

    private static <T> List<T> all(List<KubernetesObject> objects, Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static V1Deployment deployment(List<KubernetesObject> objects, String service) {
        return all(objects, V1Deployment.class).stream()
                .filter(deployment -> service(deployment).equals(service))
                .findFirst()
                .orElseThrow();
    }

    private static V1Container container(V1Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }

    private static String service(V1Deployment deployment) {
        return container(deployment).getName();
    }

    private static Map<String, String> environment(V1Deployment deployment) {
        Map<String, String> environment = new LinkedHashMap<>();
        container(deployment).getEnv().forEach(variable -> {
            String referred = variable.getName().endsWith("NAMESPACE") ? "cm3leon" : "a secret";
            environment.put(variable.getName(), variable.getValue() == null ? referred : variable.getValue());
        });
        return environment;
    }

    private static String run(String tool, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("cm3.real." + tool)));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().put("KUBECONFIG", System.getProperty("cm3.real.kubeconfig"));
        Path errors = Files.createTempFile("cm3", ".log");
        Process process = builder.redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean ended = process.waitFor(120, TimeUnit.SECONDS);
        String said = Files.readString(errors);
        Files.delete(errors);
        if (!ended || process.exitValue() != 0) throw new AssertionError(command + ": " + said + out);
        assertThat(said).as(command.toString()).doesNotContain("would violate PodSecurity");
        return out;
    }
}
