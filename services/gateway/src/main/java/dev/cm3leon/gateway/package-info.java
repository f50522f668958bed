/// HTTP in front of the platform, its edge: one controller for each kind of thing, and the views they answer with. A
/// request goes through a door (`intake`), becomes an event (`log`), and what became of it is looked up (`state`).
/// Start at [GenerationController].
@NullMarked
package dev.cm3leon.gateway;

import org.jspecify.annotations.NullMarked;
