/// The log, outside any consumer group: [LogReader] reads it from its beginning, [Projection] brings it into the state,
/// [Publisher] adds to it.
@NullMarked
package dev.cm3leon.gateway.log;

import org.jspecify.annotations.NullMarked;
