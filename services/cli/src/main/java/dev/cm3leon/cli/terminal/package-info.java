/// What every command needs first: [Terminal], where results and progress go, and [Failure], why a command ends
/// otherwise, with its exit code. Knows nothing else of the command line.
@NullMarked
package dev.cm3leon.cli.terminal;

import org.jspecify.annotations.NullMarked;
