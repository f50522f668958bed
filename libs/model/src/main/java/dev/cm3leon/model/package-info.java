/// Models: bundles of weights on disk or on the classpath, and the parts they open.
///
/// [ModelBundle] is where to start. Weights are safetensors; every graph is written here as ONNX, the transformer's
/// run by ONNX Runtime itself (cached streams, pinned buffers), the others by DJL.
@NullMarked
package dev.cm3leon.model;

import org.jspecify.annotations.NullMarked;
