/// The platform of this machine: [LocalPlatform] in one process, [ApartPlatform] in one for each service beside real
/// servers, [ControlPlane] for tests on Kubernetes. The latter two start their [Processes] as [Part]s.
/// Start at [LocalPlatform].
@NullMarked
package dev.cm3leon.cli.platform;

import org.jspecify.annotations.NullMarked;
