/// HTTP in front of the platform: requests become events, events become state that can be looked at and streamed.
/// Start at [PlatformState], the fold over all events, then [GenerationIntake], the door.
@NullMarked
package dev.cm3leon.gateway;

import org.jspecify.annotations.NullMarked;
