/// The doors: what people send becomes a complete, checked request, or is refused. Start at [GenerationIntake];
/// [ServedModels] says which model checks it.
@NullMarked
package dev.cm3leon.gateway.intake;

import org.jspecify.annotations.NullMarked;
