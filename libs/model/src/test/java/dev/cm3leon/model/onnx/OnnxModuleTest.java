package dev.cm3leon.model.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxModuleTest {

    private final List<String> closed = new ArrayList<>();

    @Test
    void whatIsOpenIsClosedWhereWhatBelongsToItDoesNotOpen() {
        assertThatThrownBy(() -> OnnxModule.beside(() -> closed.add("encoder"), () -> {
                    throw new OutOfMemoryError("decoder");
                }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(closed).containsExactly("encoder");

        assertThat(OnnxModule.beside(() -> closed.add("decoder"), () -> 1)).isOne();
        assertThat(closed).containsExactly("encoder");
    }
}
