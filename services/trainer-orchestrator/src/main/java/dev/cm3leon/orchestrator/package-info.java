/// One state machine per training run: [TrainingRun#decide] decides, [Orchestrator] acts, [JobLauncher] is
/// where jobs run.
@NullMarked
package dev.cm3leon.orchestrator;

import org.jspecify.annotations.NullMarked;
