package dev.cm3leon.reranker;

import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.ModelProperties;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;

/// What the reranker reads and writes.
@Configuration(proxyBeanMethods = false)
class RerankerBindings {

    private static final Logger log = LoggerFactory.getLogger(RerankerBindings.class);

    @Bean
    ModelBundle model(ModelProperties properties) {
        return ModelBundle.open(properties.location());
    }

    @Bean
    ClipEncoder clip(ModelBundle model) {
        return model.openClipEncoder();
    }

    @Bean
    Reranker reranker(ClipEncoder clip, ObjectStore store) {
        return new Reranker((text, image) -> {
            byte[] bytes = store.get(image.key())
                    .orElseThrow(() -> new IllegalStateException("there is no image " + image.key()));
            var pixels =
                    Images.DEFAULT.read(bytes, image.mediaType(), clip.config().imageSize());
            return Vectors.dot(clip.encode(text), clip.encode(pixels));
        });
    }

    @Bean
    Function<CandidatesDecoded, Message<byte[]>> rerank(Reranker reranker, EventMessages messages) {
        return decoded -> {
            Message<byte[]> completed = messages.of(reranker.rank(decoded));
            log.atInfo()
                    .addKeyValue("generation", decoded.generation())
                    .addKeyValue("step", "rerank")
                    .log("{} candidates", decoded.candidates().size());
            return completed;
        };
    }
}
