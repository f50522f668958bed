package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class WeightsTest {

    @Test
    void moreThanAGraphHoldsIsRefusedWithoutReadingIt() {
        var huge = new Weights() {
            @Override
            public void check(String name, long... shape) {}

            @Override
            public float[] floats(String name, long... shape) {
                throw new IllegalStateException("read");
            }
        };

        assertThatThrownBy(() -> huge.checkGraph("the tower", looked -> {
                    looked.floats("half", 1 << 14, 1 << 14);
                    looked.floats("half", 1 << 14, 1 << 14);
                    return new byte[100];
                }))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("need the tower of at most 2147483639 bytes in float32, which ONNX Runtime takes at once,"
                        + " got 2147483748");
    }
}
