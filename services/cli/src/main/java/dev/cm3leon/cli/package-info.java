/// The command line `cm3`: [Cm3] and one class per command, over the HTTP API of the gateway.
@NullMarked
package dev.cm3leon.cli;

import org.jspecify.annotations.NullMarked;
