package dev.cm3leon.trainer.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeviceTest {
    private final int before = torch.get_num_threads();

    @AfterEach
    void asBefore() {
        Device.useThreads(before);
    }

    @Test
    void productsOfFloatsTakeNoMoreThreadsThanAskedFor() {
        Device.useThreads(2);
        assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(2);
        Device.useThreads(1);
        assertThat(openblas_nolapack.blas_get_num_threads()).isOne();
        assertThat(torch.get_num_threads()).isOne();
    }
}
