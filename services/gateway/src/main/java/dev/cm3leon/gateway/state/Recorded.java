package dev.cm3leon.gateway.state;

import dev.cm3leon.events.Event;
import java.time.Instant;

/// An event as it stands in the log.
///
/// @param id the CloudEvents id: the same for every delivery of the same occurrence
/// @param source the service that told it
/// @param at when it was told
public record Recorded<E extends Event>(String id, String source, Instant at, E event) {}
