/// What the gateway knows: a fold over all events. Start at [PlatformState]; each kind of subject has a state of its
/// own, with a [History] of its events.
@NullMarked
package dev.cm3leon.gateway.state;

import org.jspecify.annotations.NullMarked;
