package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.service.ObjectStoreProperties;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;
import tools.jackson.databind.json.JsonMapper;

/// Bytes in on one topic, events and headers out on others. There is no trainer here, so the job says so and fails.
class OrchestratorBindingsTest {

    @TempDir
    Path folder;

    @Test
    void aRequestIsAnsweredByItsJobsFate() {
        try (var context = start()) {
            context.getBean(InputDestination.class)
                    .send(
                            message("""
                                {"type":"training-requested.v1","run":"r1","tenant":"default","configuration":"demo","at":"2026-01-01T12:00:00Z"}
                                """),
                            "training-requested.v1,training-suspension-requested.v1,training-cancel-requested.v1");

            Message<byte[]> started = receive(context, "training-started.v1");
            Message<byte[]> failed = receive(context, "training-failed.v1");

            assertThat(new String(started.getPayload(), StandardCharsets.UTF_8))
                    .contains("\"run\":\"r1\"", "\"attempt\":1", "\"launcher\":\"process\"");
            assertThat(started.getHeaders())
                    .containsEntry("ce_type", "training-started.v1")
                    .containsEntry("ce_subject", "r1")
                    .containsEntry("ce_source", URI.create("trainer-orchestrator"))
                    .containsEntry("ce_id", "training-started.v1:r1:1");
            assertThat(new String(failed.getPayload(), StandardCharsets.UTF_8))
                    .contains("exit code 1", "dev.cm3leon.trainer.TrainerJob");
            assertThat(Files.exists(folder.resolve("r1/job.log"))).isTrue();
        }
    }

    @Test
    void aCancellationBeforeItsRequestIsAnsweredAtOnce() {
        try (var context = start()) {
            context.getBean(InputDestination.class)
                    .send(
                            message(
                                    "{\"type\":\"training-cancel-requested.v1\",\"run\":\"r2\",\"at\":\"2026-01-01T12:00:00Z\"}"),
                            "training-requested.v1,training-suspension-requested.v1,training-cancel-requested.v1");

            assertThat(new String(receive(context, "training-cancelled.v1").getPayload(), StandardCharsets.UTF_8))
                    .contains("\"run\":\"r2\"");
        }
    }

    @Test
    void aRunThatMayNotLoseItsOnlyJobIsRefused() {
        assertThatThrownBy(() -> start("--cm3.orchestrator.attempts=0").close())
                .hasRootCauseMessage("need cm3.orchestrator.attempts >= 1, got 0");
    }

    @Test
    void aClusterThatNobodyTellsOfIsMissedAtTheStart() {
        assertThatThrownBy(() -> start(
                                "--cm3.orchestrator.launcher=kubernetes",
                                "--cm3.orchestrator.kubernetes.kubeconfig=" + folder + "/none")
                        .close())
                .hasStackTraceContaining("cannot read how to reach the cluster: " + folder + "/none");
        assertThatThrownBy(() ->
                        start("--cm3.orchestrator.kubernetes.jobs=bpe+pretrian").close())
                .hasRootCauseMessage(
                        "cm3.orchestrator.kubernetes.jobs are stages (bpe|vq|decoder|clip|prepare|pretrain|"
                                + "finetune|evaluate|export|publish) joined by +, got bpe+pretrian");
    }

    /// Else a misspelt stage would fail a run after days.
    @Test
    void theChartRefusesTheSameJobs() throws IOException {
        var schema = new JsonMapper().readTree(Files.readString(Path.of("../../charts/cm3leon/values.schema.json")));

        assertThat(schema.at("/properties/training/properties/jobs/items/pattern")
                        .asString())
                .isEqualTo("^" + KubernetesProperties.JOB + "$");
    }

    /// As everything of this service does, from `spring.kafka`.
    @Test
    void jobsReachASecuredBrokerWithoutASecretInTheirManifest() {
        String[] secured = {
            "--spring.kafka.bootstrap-servers=kafka:9093",
            "--spring.kafka.security.protocol=SASL_SSL",
            "--spring.kafka.properties.sasl.mechanism=SCRAM-SHA-512",
            "--spring.kafka.properties.ssl.truststore.certificates=a CA",
            "--spring.kafka.properties.sasl.jaas.config=a secret",
            "--cm3.orchestrator.kubernetes.kafka-secret=kafka-user",
            "--cm3.orchestrator.kubernetes.kafka-secret-properties=sasl.jaas.config"
        };
        try (var context = start(secured)) {
            JobManifests manifests = manifests(context);

            assertThat(manifests.reach())
                    .containsEntry("CM3_KAFKA", "kafka:9093")
                    .containsEntry("CM3_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "SASL_SSL")
                    .containsEntry("CM3_KAFKA_PROPERTIES_SASL_MECHANISM", "SCRAM-SHA-512")
                    .containsEntry("CM3_KAFKA_PROPERTIES_SSL_TRUSTSTORE_CERTIFICATES", "a CA")
                    .doesNotContainValue("a secret");
        }
        try (var context = start(Arrays.copyOf(secured, 6))) {
            assertThatThrownBy(() -> manifests(context))
                    .hasMessage("need sasl.jaas.config among cm3.orchestrator.kubernetes.kafka-secret-properties:"
                            + " jobs get it from the secret");
        }
        secured[5] = "--cm3.orchestrator.kubernetes.kafka-secret=";
        try (var context = start(secured)) {
            assertThatThrownBy(() -> manifests(context))
                    .hasMessage("need cm3.orchestrator.kubernetes.kafka-secret: jobs get [sasl.jaas.config] from it");
        }
    }

    private static JobManifests manifests(ConfigurableApplicationContext context) {
        return OrchestratorBindings.manifests(
                context.getBean(OrchestratorProperties.class),
                context.getBean(KafkaProperties.class),
                context.getBean(ObjectStoreProperties.class));
    }

    @Test
    void whatIsLeftOutHasADefault() {
        try (var context = start()) {
            var properties = context.getBean(OrchestratorProperties.class);

            assertThat(properties.attempts()).isEqualTo(3);
            assertThat(properties.memory()).isEqualTo("2g");
            assertThat(properties.command()).contains("-Dcm3.run={run}", "dev.cm3leon.trainer.TrainerJob");
        }
    }

    private ConfigurableApplicationContext start(String... more) {
        String[] arguments = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(
                                "--spring.config.name=trainer-orchestrator",
                                "--cm3.orchestrator.folder=" + folder,
                                "--cm3.orchestrator.trainer-classpath=" + folder + "/none/*",
                                "--cm3.orchestrator.resume=false",
                                "--cm3.object-store.kind=memory"),
                        Arrays.stream(more))
                .toArray(String[]::new);
        return new SpringApplicationBuilder(
                        TestChannelBinderConfiguration.getCompleteConfiguration(TrainerOrchestratorApplication.class))
                .web(WebApplicationType.NONE)
                .run(arguments);
    }

    private static Message<byte[]> message(String json) {
        return MessageBuilder.withPayload(json.getBytes(StandardCharsets.UTF_8)).build();
    }

    private static Message<byte[]> receive(ConfigurableApplicationContext context, String topic) {
        Message<byte[]> message = context.getBean(OutputDestination.class).receive(60_000, topic);
        assertThat(message).as("a message on " + topic).isNotNull();
        return message;
    }
}
