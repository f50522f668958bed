/// Writing ONNX graphs, and running the stateless ones with DJL.
@NullMarked
package dev.cm3leon.model.onnx;

import org.jspecify.annotations.NullMarked;
