package dev.cm3leon.retriever;

import dev.cm3leon.service.ServiceConfiguration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;

/// The retriever as a process of its own.
@SpringBootApplication
@ConfigurationPropertiesScan
@Import(ServiceConfiguration.class)
public class RetrieverApplication {

    public static void main(String[] args) {
        new SpringApplicationBuilder(RetrieverApplication.class)
                .properties("spring.config.name=retriever")
                .run(args);
    }
}
