package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a service logs, as JSON and with everything switched on.
@ExtendWith(OutputCaptureExtension.class)
class LogsTest {

    private static final String SECRET = "4f1d-a-secret-key-9c";
    private static final String TOKEN = "root:7b-a-token-e1";

    @Test
    void aLineIsJsonThatNamesTheJobAndNoSecretIsLogged(CapturedOutput output) {
        try (var context = new SpringApplicationBuilder(SmallService.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--spring.config.import=classpath:cm3-service.yml",
                        "--spring.application.name=small",
                        "--cm3.object-store.access-key=reader",
                        "--cm3.object-store.secret-key=" + SECRET,
                        "--cm3.vector-index.milvus-token=" + TOKEN,
                        "--logging.structured.format.console=logstash",
                        "--logging.level.dev.cm3leon=TRACE",
                        "--logging.level.org.springframework.boot=DEBUG",
                        "--logging.level.org.springframework.context=DEBUG",
                        "--spring.cloud.function.definition=cancel",
                        "--spring.cloud.stream.bindings.cancel-in-0.destination=generation-cancel-requested.v1")) {
            context.getBean(InputDestination.class)
                    .send(
                            new EventMessages("test", Instant::now)
                                    .of(new GenerationCancelRequested("g-7", Instant.EPOCH)),
                            "generation-cancel-requested.v1");
            LoggerFactory.getLogger(LogsTest.class)
                    .info(
                            "{} {}",
                            context.getBean(ObjectStoreProperties.class),
                            context.getBean(VectorIndexProperties.class));
        }

        List<JsonNode> lines = output.getOut()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(JsonMapper.shared()::readTree)
                .toList();
        assertThat(lines)
                .filteredOn(line -> line.path("message").asString("").equals("heard"))
                .singleElement()
                .satisfies(line -> assertThat(line.path(Spans.JOB).asString("")).isEqualTo("g-7"));
        assertThat(lines)
                .filteredOn(line -> line.path("logger_name").asString("").equals(LogsTest.class.getName()))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.has(Spans.JOB)).isFalse());
        assertThat(output.getAll()).contains("endpoint=").doesNotContain(SECRET, TOKEN);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({ServiceConfiguration.class, TestChannelBinderConfiguration.class})
    static class SmallService {

        private static final Logger log = LoggerFactory.getLogger(SmallService.class);

        @Bean
        Consumer<GenerationCancelRequested> cancel() {
            return request -> log.info("heard");
        }
    }
}
