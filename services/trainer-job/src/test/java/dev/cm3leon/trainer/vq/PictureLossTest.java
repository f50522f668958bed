package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.trainer.torch.Device;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/// Pictures of 2 x 2 pixels.
class PictureLossTest {

    @Test
    void squaresCostAsMuchAsIsSaid() {
        float[] grey = new float[12], lighter = new float[12];
        Arrays.fill(lighter, 0.5f); // everywhere, so no differences of neighbours

        for (double squared : new double[] {0, 3, 30})
            assertThat(loss(ErrorCosts.evenly(2, squared), lighter, grey))
                    .isCloseTo(0.5 + squared * 0.25, within(1e-6));
    }

    @Test
    void aPixelCostsWhatItsAreaSays() {
        float[] grey = new float[12], first = new float[12];
        for (int channel = 0; channel < 3; channel++) first[4 * channel] = 1;

        // a quarter of the pixels at 2 of the mean 1; half of each direction's edges by half, at the 2/3 of their far
        // end
        var costs = new ErrorCosts(new float[] {4, 4 / 3f, 4 / 3f, 4 / 3f}, 3);
        assertThat(loss(costs, first, grey)).isCloseTo((1 + 3) * 0.25 * 2 + 2 * 0.5 * 0.5 * (2 / 3.0), within(1e-6));
    }

    private static double loss(ErrorCosts costs, float[] decoded, float[] pixels) {
        return new PictureLoss(costs, 2, Device.CPU)
                .of(picture(decoded), picture(pixels))
                .item_double();
    }

    private static Tensor picture(float[] planes) {
        return Device.CPU.tensor(planes, 1, 3, 2, 2);
    }
}
