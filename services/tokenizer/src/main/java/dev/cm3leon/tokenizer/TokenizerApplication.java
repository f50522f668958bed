package dev.cm3leon.tokenizer;

import dev.cm3leon.service.ServiceConfiguration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;

/// The tokenizer as a process of its own.
@SpringBootApplication
@ConfigurationPropertiesScan
@Import(ServiceConfiguration.class)
public class TokenizerApplication {

    public static void main(String[] args) {
        new SpringApplicationBuilder(TokenizerApplication.class)
                .properties("spring.config.name=tokenizer")
                .run(args);
    }
}
