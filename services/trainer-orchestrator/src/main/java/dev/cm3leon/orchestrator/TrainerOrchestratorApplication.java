package dev.cm3leon.orchestrator;

import dev.cm3leon.service.ServiceConfiguration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Import;

/// The trainer orchestrator as a process of its own. There is one: it alone starts jobs.
@SpringBootApplication
@Import(ServiceConfiguration.class)
public class TrainerOrchestratorApplication {

    public static void main(String[] args) {
        new SpringApplicationBuilder(TrainerOrchestratorApplication.class)
                .properties("spring.config.name=trainer-orchestrator")
                .run(args);
    }
}
