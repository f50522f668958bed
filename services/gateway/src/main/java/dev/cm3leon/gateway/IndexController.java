package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.IndexEvent.IndexStatus;
import dev.cm3leon.events.IndexEvent.IndexStatusRequested;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.IndexState;
import dev.cm3leon.gateway.state.PlatformState;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The index of the memory bank as a whole.
@RestController
@RequestMapping("/v1/index")
@Tag(name = "index")
class IndexController {

    private final PlatformState state;
    private final Publisher publisher;
    private final GatewayProperties properties;
    private final InstantSource clock;

    IndexController(PlatformState state, Publisher publisher, GatewayProperties properties, InstantSource clock) {
        this.state = state;
        this.publisher = publisher;
        this.properties = properties;
        this.clock = clock;
    }

    /// @param logged additions in the log, repeated ones and those of removed documents too
    /// @param outdated why it is to be rebuilt, or null
    record IndexView(
            @JsonProperty("index_version") String indexVersion,
            long documents,
            long logged,
            @Nullable String outdated,
            @JsonProperty("latest_rebuild") IndexState.@Nullable Rebuild latestRebuild) {}

    @GetMapping
    @Operation(summary = "How the index is, and its latest rebuild")
    IndexView status() throws InterruptedException {
        var question = new IndexStatusRequested(UUID.randomUUID().toString(), clock.instant());
        IndexStatus answer = state.index.ask(question, publisher::publish, properties.searchWait());
        return new IndexView(
                answer.indexVersion(),
                answer.documents(),
                answer.logged(),
                answer.outdated(),
                state.index.latest().orElse(null));
    }

    @PostMapping("/rebuilds")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Build the index anew from the log, beside the one that is searched")
    ResponseEntity<IndexState.Rebuild> rebuild(
            @RequestParam(name = "even_if_smaller", defaultValue = "false") boolean evenIfSmaller) {
        String id = UUID.randomUUID().toString();
        publisher.publish(new IndexRebuildRequested(id, null, null, evenIfSmaller, clock.instant()));
        return ResponseEntity.accepted()
                .location(URI.create("/v1/index/rebuilds/" + id))
                .body(get(id));
    }

    @GetMapping("/rebuilds/{id}")
    @Operation(summary = "How far a rebuild is")
    IndexState.Rebuild get(@PathVariable("id") String id) {
        return state.index.find(id).orElseThrow(() -> Refusal.unknown("rebuild", id));
    }
}
