package dev.cm3leon.reranker;

import dev.cm3leon.service.ServiceConfiguration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;

/// The reranker as a process of its own.
@SpringBootApplication
@ConfigurationPropertiesScan
@Import(ServiceConfiguration.class)
public class RerankerApplication {

    public static void main(String[] args) {
        new SpringApplicationBuilder(RerankerApplication.class)
                .properties("spring.config.name=reranker")
                .run(args);
    }
}
