package dev.cm3leon.model.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxGraphTest {

    /// As they are written, and in the file.
    @Test
    void weightsAreCopiedTwiceOnTheirWayIntoTheFile() {
        var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        float[] weights = new float[1 << 20];
        byte[] file = graph(weights); // whatever is loaded is loaded

        long before = memory.getCurrentThreadAllocatedBytes();
        byte[] again = graph(weights);
        long allocated = memory.getCurrentThreadAllocatedBytes() - before;

        assertThat(again).isEqualTo(file).hasSizeGreaterThan(4 * weights.length);
        assertThat(allocated).isBetween(2L * file.length, 2L * file.length + 100_000);
    }

    @Test
    void moreThanAFileHoldsIsRefusedByItsSize() {
        var message = new Protobuf();
        byte[] piece = new byte[1 << 24];
        for (int i = 0; i < 128; i++) message.bytes(1, piece);

        assertThatThrownBy(message::toBytes)
                .hasMessage("need a graph of at most 2147483639 bytes, got %d", (1L << 31) + 128 * 5);
    }

    private static byte[] graph(float[] weights) {
        var graph = new OnnxGraph("sum");
        String x = graph.input("x", Type.FLOAT, weights.length);
        graph.node("", "Add", List.of(x, graph.weights("w", weights, weights.length)), List.of("y"));
        graph.output("y", Type.FLOAT, weights.length);
        return graph.toBytes();
    }
}
