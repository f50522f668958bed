package dev.cm3leon.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.Event;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// One platform with a small service, on the real broker and the real S3 endpoint.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EmbeddedPlatformTest {

    private static final PlatformOptions OPTIONS = PlatformOptions.onPort(0)
            .withServices(List.of(EchoApplication.SERVICE))
            .withProperties(Map.of( // so that a try takes milliseconds
                    "cm3.retry.longest-wait", "1ms",
                    "spring.cloud.stream.kafka.binder.consumer-properties.fetch.max.wait.ms", "1"))
            .withoutDemoBank();

    @TempDir
    static Path folder;

    private static EmbeddedPlatform platform;

    @BeforeAll
    static void start() {
        platform = EmbeddedPlatform.start(folder, OPTIONS);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void anEventIsAnsweredAsABinaryCloudEventKeyedBySubject() {
        publish(added("d-1", "hello"));

        var answer = await("document-rejected.v1", "d-1");
        assertThat(EventMessages.read(answer.value(), DocumentRejected.class))
                .isEqualTo(new DocumentRejected("d-1", "echo", "hello", Instant.EPOCH));
        assertThat(header(answer, "ce_specversion")).isEqualTo("1.0");
        assertThat(header(answer, "ce_id")).isEqualTo("document-rejected.v1:d-1:1970-01-01T00:00:00Z");
        assertThat(header(answer, "ce_type")).isEqualTo("document-rejected.v1");
        assertThat(header(answer, "ce_source")).isEqualTo("echo");
        assertThat(header(answer, "ce_subject")).isEqualTo("d-1");
        assertThat(Instant.parse(header(answer, "ce_time"))).isBefore(Instant.now());
        assertThat(header(answer, "ce_datacontenttype")).isEqualTo("application/json");
    }

    /// And the consumer stays in its group: each try is a poll of its own.
    @Test
    void whatCannotBeReachedIsWaitedForWithoutEnd() {
        platform.context("echo").getBean(AtomicInteger.class).set(0);

        publish(added("d-2", "unreachable"));

        await("document-rejected.v1", "d-2");
        assertThat(platform.context("echo").getBean(AtomicInteger.class)).hasValue(EchoApplication.AWAY + 1);
    }

    @Test
    void whatFailsForGoodIsDeadLetteredWithTheReasonAndTheNextOneIsDone() {
        publish(added("d-3", "impossible"));
        publish(added("d-4", "hello"));

        var dead = await("dead-letters", "d-3");
        assertThat(header(dead, "x-original-topic")).isEqualTo("document-added.v1");
        assertThat(header(dead, "x-exception-message")).contains("a document of no kind");
        assertThat(header(dead, "ce_id")).isEqualTo("document-added.v1:d-3:1970-01-01T00:00:00Z");
        await("document-rejected.v1", "d-4");
    }

    @Test
    void whatIsNoEventIsDeadLetteredSayingWhy() {
        send("document-added.v1", "d-5", "{\"type\":\"party.v1\"}");
        send("document-added.v1", "d-6", "pixels");

        assertThat(header(await("dead-letters", "d-5"), "x-exception-message"))
                .contains("not a DocumentAdded")
                .contains("party.v1");
        assertThat(header(await("dead-letters", "d-6"), "x-exception-message")).contains("pixels");
    }

    @Test
    void aStoppedServiceDoesItsWorkWhenItIsStartedAgain() {
        platform.stop("echo");
        send("document-added.v1", "d-7", json(added("d-7", "while away")));

        assertThatThrownBy(() -> platform.context("echo")).hasMessage("echo is not running");
        platform.start("echo");

        await("document-rejected.v1", "d-7");
    }

    /// Fifteen wait at once; the twelfth is in hand when the service is stopped.
    @Test
    void aStopEndsWithTheRecordInHandAndAKillWouldRepeatTenAtTheMost() throws Exception {
        platform.stop("echo");
        long before = committed();
        for (int i = 1; i <= 15; i++) {
            String id = "d-stop-" + i;
            send("document-added.v1", 0, id, json(added(id, i == 12 ? "until stopped" : "hello")));
        }
        platform.start("echo");
        AtomicInteger calls = platform.context("echo").getBean(AtomicInteger.class);
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (calls.get() < 12 && System.nanoTime() < end) Thread.onSpinWait();

        assertThat(calls).hasValue(12);
        assertThat(committed() - before).isGreaterThanOrEqualTo(11 - 9);
        platform.stop("echo");

        assertThat(calls).hasValue(12);
        assertThat(committed() - before).isEqualTo(12);
        platform.start("echo");
        await("document-rejected.v1", "d-stop-15");
        assertThat(platform.context("echo").getBean(AtomicInteger.class)).hasValue(3);
    }

    /// Of the first partition.
    private static long committed() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()))) {
            var offsets = admin.listConsumerGroupOffsets("echo.echo-in-0")
                    .partitionsToOffsetAndMetadata()
                    .get();
            var offset = offsets.get(new TopicPartition("document-added.v1", 0));
            return offset == null ? 0 : offset.offset();
        }
    }

    @Test
    void everyBindingIsAConsumerGroupOfItsOwn() throws Exception {
        publish(added("d-0", "hello"));
        await("document-rejected.v1", "d-0");

        try (var admin = Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()))) {
            assertThat(admin.listGroups().all().get())
                    .extracting(GroupListing::groupId)
                    .contains("echo.echo-in-0");
        }
    }

    /// Else a platform that rested for a week would do everything again.
    @Test
    void whatWasReadIsRememberedAsLongAsTheLog() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()))) {
            var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");

            assertThat(admin.describeConfigs(List.of(broker))
                            .all()
                            .get()
                            .get(broker)
                            .get("offsets.retention.minutes")
                            .value())
                    .isEqualTo(Integer.toString(Integer.MAX_VALUE));
        }
    }

    @Test
    void aResultThatIsDeliveredAgainIsOneAndAnotherResultIsAnother() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("generation-completed.v1", 2, (short) 1)))
                    .all()
                    .get();
        }
        for (String result : List.of("once", "again", "again")) send("generation-completed.v1", "j-1", result);
        for (String result : List.of("same", "same")) send("generation-completed.v1", "j-2", result);
        Path counts = folder.resolve("counts.json");

        Completions.main(new String[] {platform.bootstrapServers(), counts.toString()});

        assertThat(Completions.read(platform.bootstrapServers()))
                .isEqualTo(Map.of("j-1", Set.of("once", "again"), "j-2", Set.of("same")));
        assertThat(new JsonMapper().readValue(counts.toFile(), Map.class)).isEqualTo(Map.of("j-1", 2, "j-2", 1));
    }

    @Test
    void theFolderIsUsedByOnePlatformAtATime() {
        assertThatThrownBy(() -> EmbeddedPlatform.start(folder, OPTIONS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("another platform is using " + folder);
        assertThat(folder.resolve("platform.json")).exists(); // the other's
    }

    @Test
    void aTakenPortIsNamed(@TempDir Path other) throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var options = new PlatformOptions(socket.getLocalPort(), List.of(), Map.of(), false);

            assertThatThrownBy(() -> EmbeddedPlatform.start(other, options))
                    .hasMessageContaining("port " + socket.getLocalPort() + " of 127.0.0.1 is taken")
                    .hasMessageContaining("CM3_PORT");
        }
    }

    @Test
    void theKeysAreReadableByTheirOwnerOnly() throws Exception {
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.resolve("credentials.properties"))))
                .isEqualTo("rw-------");
    }

    @Test
    void saysWhereItListens() throws Exception {
        assertThat(Files.readString(folder.resolve("platform.json")))
                .contains("\"pid\":" + ProcessHandle.current().pid())
                .contains("\"port\":" + platform.url().getPort())
                .contains("\"kafka\":\"" + platform.bootstrapServers() + "\"")
                .contains("\"s3\":\"" + platform.objectStore() + "\"");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void eventsAndObjectsAreThereAfterARestart() {
        publish(added("d-8", "kept"));
        await("document-rejected.v1", "d-8");
        platform.context("echo").getBean(ObjectStore.class).put("kept", "kept".getBytes(UTF_8), "text/plain");

        platform.close();
        assertThat(folder.resolve("platform.json")).doesNotExist();
        platform = EmbeddedPlatform.start(folder, OPTIONS);

        await("document-rejected.v1", "d-8");
        assertThat(platform.context("echo").getBean(ObjectStore.class).get("kept"))
                .hasValue("kept".getBytes(UTF_8));
        publish(added("d-9", "after"));
        await("document-rejected.v1", "d-9");
        assertThat(platform.context("echo").getBean(AtomicInteger.class))
                .as("what was done before the restart is not done again")
                .hasValue(1);
    }

    private static DocumentAdded added(String id, String text) {
        return new DocumentAdded(new Document(id, "public", text, null, null, null), Instant.EPOCH);
    }

    private static void publish(Event event) {
        platform.context("echo").getBean(Events.class).publish(event);
    }

    private static String json(Event event) {
        return new String(new EventMessages("test", Instant::now).of(event).getPayload(), UTF_8);
    }

    private static void send(String topic, String key, String value) {
        send(topic, null, key, value);
    }

    private static void send(String topic, @Nullable Integer partition, String key, String value) {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", platform.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), value.getBytes(UTF_8)));
        }
    }

    /// The first record of a key, read from the beginning of the topic.
    private static ConsumerRecord<byte[], byte[]> await(String topic, String key) {
        try (var consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", platform.bootstrapServers(),
                        "group.id", UUID.randomUUID().toString(),
                        "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            Instant end = Instant.now().plus(Duration.ofSeconds(30));
            List<String> seen = new ArrayList<>();
            while (Instant.now().isBefore(end)) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    String found = new String(record.key(), UTF_8);
                    if (found.equals(key)) return record;
                    seen.add(found);
                }
            }
            throw new AssertionError("no record of " + key + " on " + topic + ", only of " + seen);
        }
    }

    private static String header(ConsumerRecord<?, ?> record, String name) {
        var header = record.headers().lastHeader(name);
        assertThat(header).as(name + " among " + record.headers()).isNotNull();
        return new String(header.value(), UTF_8);
    }
}
