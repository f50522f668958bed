/// Real servers to run against: [Server] says which there are and how each is come by, [Servers] installs them.
/// Start at [Server].
@NullMarked
package dev.cm3leon.cli.servers;

import org.jspecify.annotations.NullMarked;
