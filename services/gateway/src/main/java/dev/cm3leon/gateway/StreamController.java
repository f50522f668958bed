package dev.cm3leon.gateway;

import dev.cm3leon.gateway.state.States;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/// Server-sent events: each reader has a virtual thread of its own.
@Component
class StreamController {

    private final Duration heartbeat;
    private volatile boolean stopping;

    StreamController(GatewayProperties properties) {
        this.heartbeat = properties.heartbeat();
    }

    /// Who asks for a stream of which all was seen is told to ask no more.
    <S> ResponseEntity<SseEmitter> open(
            States<S> states,
            Function<S, List<EventStream.Item>> items,
            Predicate<S> finished,
            String id,
            @Nullable String lastSeen) {
        var stream = new EventStream<>(states, items, finished, heartbeat);
        if (stream.isOver(id, lastSeen)) return ResponseEntity.noContent().build();
        SseEmitter emitter = new SseEmitter(0L);
        Thread.ofVirtual().name("sse-" + id).start(() -> {
            try {
                stream.run(id, lastSeen, () -> stopping, new Sink(emitter));
                emitter.complete();
            } catch (IOException | IllegalStateException e) {
                emitter.complete(); // the reader went away
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                emitter.complete();
            } catch (RuntimeException e) {
                emitter.completeWithError(e);
            }
        });
        return ResponseEntity.ok(emitter);
    }

    /// Open streams would hold up a graceful stop.
    @EventListener(ContextClosedEvent.class)
    void stop() {
        stopping = true;
    }

    private record Sink(SseEmitter emitter) implements EventStream.Sink {
        @Override
        public void tell(EventStream.Item item) throws IOException {
            emitter.send(SseEmitter.event()
                    .id(item.id())
                    .name(item.name())
                    .data(item.data().get()));
        }

        @Override
        public void heartbeat() throws IOException {
            emitter.send(SseEmitter.event().comment("alive"));
        }
    }
}
