package dev.cm3leon.gateway;

import dev.cm3leon.events.Modality;
import dev.cm3leon.gateway.intake.Bodies;
import dev.cm3leon.gateway.intake.DocumentIntake;
import dev.cm3leon.gateway.intake.GenerationIntake;
import dev.cm3leon.gateway.intake.ImageDoor;
import dev.cm3leon.gateway.intake.ImageIntake;
import dev.cm3leon.gateway.intake.PromotionProperties;
import dev.cm3leon.gateway.intake.SearchIntake;
import dev.cm3leon.gateway.intake.ServedModel;
import dev.cm3leon.gateway.intake.ServedModels;
import dev.cm3leon.gateway.log.DeadLetters;
import dev.cm3leon.gateway.log.KafkaLog;
import dev.cm3leon.gateway.log.LogReader;
import dev.cm3leon.gateway.log.Projection;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.log.QueueLags;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.model.Images;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.Models;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.InstantSource;
import org.apache.kafka.clients.admin.Admin;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.format.FormatterRegistry;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/// The gateway hears everything that happens, from the beginning, and tells what people ask for.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({GatewayProperties.class, PromotionProperties.class})
public class GatewayBindings {

    @Bean
    PlatformState platformState(GatewayProperties properties) {
        return new PlatformState(properties.jobs(), properties.documents());
    }

    @Bean
    Projection projection(PlatformState state) {
        return new Projection(state);
    }

    /// Every topic, every partition, from the first record on: state is nothing else.
    @Bean
    LogReader logReader(KafkaLog kafka, Projection projection) {
        return new LogReader(kafka::consumer, Projection.topics(), projection);
    }

    /// A gateway that is started has read the log, unless the log is long or the broker is away.
    @Bean
    ApplicationRunner readTheLog(GatewayProperties properties, LogReader reader, GatewayMetrics metrics) {
        return arguments -> {
            if (!properties.readLog()) return;
            reader.start();
            metrics.start();
            for (int i = 0; i < 100 && !reader.isCaughtUp(); i++) Thread.sleep(50);
        };
    }

    @Bean
    Models<ServedModel> models(ModelRegistry registry, ModelProperties properties) {
        return new Models<>(id -> ServedModel.of(registry.open(id)), properties.open());
    }

    @Bean
    ServedModels servedModels(
            ModelRegistry registry,
            Models<ServedModel> models,
            PlatformState state,
            ObjectStore store,
            PromotionProperties gate,
            GatewayProperties gateway,
            ModelProperties properties,
            ConfigurableEnvironment environment) {
        PromotionProperties.refuseUnread(environment.getSystemEnvironment().keySet());
        var served = new ServedModels(
                registry,
                models,
                state.models,
                store,
                model -> new GenerationIntake(model, images(store, model), gateway.tenant()),
                gate,
                properties.followsPromotions());
        served.use(registry.beginning().id(), ServedModel::version); // or there is no gateway
        return served;
    }

    @Bean
    DocumentIntake documentIntake(
            ServedModels models, ModelRegistry registry, ObjectStore store, GatewayProperties gateway) {
        String beginning = registry.beginning().id();
        return models.use(
                beginning,
                first -> new DocumentIntake(
                        images(store, first),
                        gateway.tenant(),
                        first.layout().longestDocument(),
                        text -> models.use(beginning, model -> model.encode().apply(text).length)));
    }

    @Bean
    SearchIntake searchIntake(
            ServedModels models,
            ModelRegistry registry,
            ObjectStore store,
            GatewayProperties gateway,
            InstantSource clock) {
        return models.use(
                registry.beginning().id(), model -> new SearchIntake(images(store, model), gateway.tenant(), clock));
    }

    private static ImageIntake images(ObjectStore store, ServedModel model) {
        return new ImageIntake(store, new ImageDoor(Images.DEFAULT, model.imageSize())::mediaType);
    }

    @Bean
    Publisher publisher(Events events, PlatformState state, InstantSource clock) {
        return new Publisher(events::publish, state, clock);
    }

    @Bean
    Needs needs(ObjectStore store, PlatformState state) {
        return new Needs(store, state.index);
    }

    @Bean
    Bodies bodies(GatewayProperties properties) {
        return new Bodies((int) properties.maxBody().toBytes());
    }

    @Bean
    KafkaLog kafkaLog(KafkaProperties kafka) {
        return new KafkaLog(kafka.buildAdminProperties());
    }

    @Bean
    DeadLetters deadLetters(KafkaLog kafka, PlatformState state) {
        return new DeadLetters(kafka, state);
    }

    @Bean
    QueueLags queueLags(KafkaProperties kafka) {
        return new QueueLags(Admin.create(kafka.buildAdminProperties()));
    }

    @Bean
    GatewayMetrics gatewayMetrics(
            MeterRegistry registry,
            PlatformState state,
            ServedModels models,
            LogReader reader,
            QueueLags queues,
            InstantSource clock) {
        return new GatewayMetrics(registry, state, models, reader, queues, clock.instant());
    }

    @Bean
    public HealthIndicator logHealthIndicator(GatewayProperties properties, LogReader reader) {
        return () -> {
            if (reader.isDead())
                return Health.down()
                        .withDetail("reason", "the log is not read any more")
                        .build();
            return !properties.readLog() || reader.isCaughtUp()
                    ? Health.up().build()
                    : Health.outOfService()
                            .withDetail("reason", "the log is still being read")
                            .build();
        };
    }

    @Bean
    WebMvcConfigurer answerOnlyFromWholeState(GatewayProperties properties, LogReader reader) {
        HandlerInterceptor door = new HandlerInterceptor() {
            @Override
            public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
                if (!properties.readLog() || reader.isCaughtUp()) return true;
                throw Refusal.unavailable("the gateway is still reading the log");
            }
        };
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(door)
                        .addPathPatterns("/v1/**")
                        .excludePathPatterns("/v1/objects/images/**") // of other objects the log says whose they are
                        // what promotes and takes back depends on what serves
                        .excludePathPatterns("/v1/models", "/v1/models/*", "/v1/models/*/*", "/v1/models/*/*/files/**");
            }
        };
    }

    /// In queries a modality is called as in JSON.
    @Bean
    WebMvcConfigurer modalitiesByName() {
        return new WebMvcConfigurer() {
            @Override
            public void addFormatters(FormatterRegistry registry) {
                registry.addConverter(String.class, Modality.class, name -> JsonMapper.shared()
                        .convertValue(name, Modality.class));
            }
        };
    }

    @Bean
    WebMvcConfigurer answerOnlyOwnPages(ServerProperties server) {
        OwnPages pages = new OwnPages(server.getAddress());
        HandlerInterceptor door = new HandlerInterceptor() {
            @Override
            public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
                pages.check(
                        request.getHeader("Host"), request.getHeader("Origin"), request.getHeader("X-Forwarded-Host"));
                return true;
            }
        };
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(door).addPathPatterns("/v1/**");
            }
        };
    }
}
