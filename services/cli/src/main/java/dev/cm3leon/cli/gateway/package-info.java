/// The gateway as commands ask it: [Gateway] is its HTTP API, [Generation] a job of it from submission to its end.
/// Start at [Gateway].
@NullMarked
package dev.cm3leon.cli.gateway;

import org.jspecify.annotations.NullMarked;
