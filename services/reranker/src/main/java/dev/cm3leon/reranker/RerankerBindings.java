package dev.cm3leon.reranker;

import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.Models;
import dev.cm3leon.service.Preparing;
import dev.cm3leon.service.Steps;
import java.util.HashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;

/// What the reranker reads and writes.
@Configuration(proxyBeanMethods = false)
class RerankerBindings {

    private static final String STEP = "rerank";
    private static final Logger log = LoggerFactory.getLogger(RerankerBindings.class);

    @Bean
    Models<ClipEncoder> clips(ModelRegistry registry, ModelProperties properties) {
        return Models.of(registry, properties, ModelBundle::openClipEncoder);
    }

    /// For one job: its candidates are mostly judged by one text, which is encoded once.
    private static Reranker reranker(ClipEncoder clip, ObjectStore store) {
        var texts = new HashMap<String, float[]>();
        return new Reranker((text, image) -> {
            byte[] bytes = store.get(image.key())
                    .orElseThrow(() -> new IllegalArgumentException("the object is gone: " + image.key()));
            float[] seen = clip.encode(bytes, image.mediaType(), Images.DEFAULT);
            return Vectors.dot(texts.computeIfAbsent(text, clip::encode), seen);
        });
    }

    /// Judges candidates with the CLIP of the model that drew them.
    @Bean
    Function<CandidatesDecoded, Message<byte[]>> rerank(Models<ClipEncoder> clips, ObjectStore store, Steps steps) {
        return decoded -> steps.of(decoded.request(), STEP, decoded.model(), () -> {
            var ranked =
                    clips.use(decoded.model(), clip -> reranker(clip, store).rank(decoded));
            log.atInfo()
                    .addKeyValue("generation", decoded.generation())
                    .addKeyValue("step", STEP)
                    .log("{} candidates", decoded.candidates().size());
            return ranked;
        });
    }

    /// Opens a model beside the others before its first job comes.
    @Bean
    Consumer<ModelEvent> promotions(Models<ClipEncoder> clips, ModelRegistry registry, ModelProperties properties) {
        return new Preparing(registry, properties, clips);
    }
}
