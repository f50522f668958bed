package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.gateway.log.DeadLetters;
import dev.cm3leon.gateway.state.PlatformState;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What the services could not handle, and why.
@RestController
@RequestMapping("/v1/dead-letters")
@Tag(name = "dead letters")
class DeadLetterController {

    private final DeadLetters letters;
    private final PlatformState state;
    private final GatewayProperties properties;

    DeadLetterController(DeadLetters letters, PlatformState state, GatewayProperties properties) {
        this.letters = letters;
        this.state = state;
        this.properties = properties;
    }

    record Listed(@JsonProperty("dead_letters") List<DeadLetters.Letter> deadLetters) {}

    @GetMapping
    @Operation(summary = "Events that no service could handle, with the reason, oldest first")
    Listed list(
            @RequestParam(name = "limit", defaultValue = "20") int limit,
            @RequestParam(name = "after", defaultValue = "-1") long after) {
        Lists.requireLimit(limit);
        return new Listed(letters.list(after, limit, this::isShown));
    }

    @PostMapping("/{topic}/{partition}/{offset}/replay")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Put one back on the topic it came from")
    DeadLetters.Letter replay(
            @PathVariable("topic") String topic,
            @PathVariable("partition") int partition,
            @PathVariable("offset") long offset) {
        return letters.replay(topic, partition, offset, this::isShown);
    }

    /// What an event says itself counts, else whose its subject is. One of nobody that is known has to be seen by
    /// somebody.
    private boolean isShown(DeadLetters.Letter letter) {
        if (!letter.tenants().isEmpty()) return letter.tenants().contains(properties.tenant());
        String subject = letter.subject();
        return subject == null || !state.isHidden(properties.tenant(), subject);
    }
}
