package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.scenes.Writing;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class MoreCodesTest {
    private static final int OLD = 16, DIMENSIONS = 4;

    private final VqModel base = new VqModel(sizes(OLD), Ops.random(1, "test", 0));

    @Test
    void eachCellOfPicturesToKeepHasACodeOfItsOwn() {
        List<byte[]> characters =
                Writing.characters().stream().map(Writing::draw).toList();

        VqModel more = extend(200, characters);

        float[] book =
                new Weights(more.arrays(), Map.of()).array("codebook.weight").values();
        int[][] codes = more.codes(characters.toArray(byte[][]::new));
        float[] vectors = Parameters.toArray(
                VqModel.rows(more.encode(Ops.pixels(characters.toArray(byte[][]::new), 64)))); // (B cells, d)
        Set<Integer> used = new HashSet<>();
        for (int b = 0; b < codes.length; b++)
            for (int cell = 0; cell < 64; cell++) {
                int code = codes[b][cell], row = b * 64 + cell;
                assertThat(Arrays.copyOfRange(book, code * DIMENSIONS, (code + 1) * DIMENSIONS))
                        .containsExactly(Arrays.copyOfRange(vectors, row * DIMENSIONS, (row + 1) * DIMENSIONS));
                used.add(code);
            }
        assertThat(used).hasSize(94).allMatch(code -> code >= OLD); // 36 characters of up to six cells, many alike
    }

    @Test
    void oldCodesStay() {
        float[] before =
                new Weights(base.arrays(), Map.of()).array("codebook.weight").values();

        float[] after = new Weights(extend(24, List.of()).arrays(), Map.of())
                .array("codebook.weight")
                .values();

        assertThat(Arrays.copyOf(after, before.length)).containsExactly(before);
        assertThat(after).hasSize(24 * DIMENSIONS);
    }

    @Test
    void tooFewCodesForThePicturesAreRefused() {
        List<byte[]> characters =
                Writing.characters().stream().map(Writing::draw).toList();

        assertThatThrownBy(() -> extend(64, characters))
                .hasMessage("need at least 94 more codes for as many different cells, got 48");
    }

    private VqModel extend(int codes, List<byte[]> exact) {
        return MoreCodes.extend(base, sizes(codes), 1, exact, MoreCodesTest::noise);
    }

    private static byte[] noise(RandomGenerator random) {
        byte[] rgb = new byte[3 * 64 * 64];
        random.nextBytes(rgb);
        return rgb;
    }

    private static VqConfig sizes(int codes) {
        return new VqConfig(64, 8, codes, DIMENSIONS, List.of(8, 16), List.of(16, 16), false);
    }
}
