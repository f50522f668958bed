/// The command line `cm3`: [Cm3] and one class per command, each with what [Shared] gives it. What commands are made
/// of lies in the packages below, none of which knows a command: `platform` over `servers` and `gateway`, `pictures`
/// over `gateway`, all over `terminal`.
@NullMarked
package dev.cm3leon.cli;

import org.jspecify.annotations.NullMarked;
