package dev.cm3leon.trainer.vq;

import java.util.List;

/// Sizes of the image tokenizer, as its `config.json` says them.
///
/// @param imageSize pixels a side
/// @param grid cells a side; each cell is one code
/// @param codes entries of the codebook
/// @param codeDim numbers of a code
/// @param encoderWidth channels at 4 and at 8 pixels a cell
/// @param decoderWidth channels at the grid and at twice the grid
/// @param encoderNeighbours whether a code is told by the cells around its own too; where not, equal cells have equal
/// codes wherever they are
public record VqConfiguration(
        int imageSize,
        int grid,
        int codes,
        int codeDim,
        List<Integer> encoderWidth,
        List<Integer> decoderWidth,
        boolean encoderNeighbours) {

    public VqConfiguration {
        encoderWidth = List.copyOf(encoderWidth);
        decoderWidth = List.copyOf(decoderWidth);
        if (imageSize != 8 * grid)
            throw new IllegalArgumentException("need image_size = 8 x grid, got " + imageSize + " and " + grid);
        if (codes < 2 || codes > 65536) throw new IllegalArgumentException("need 2 <= codes <= 65536, got " + codes);
        if (codeDim < 1 || codeDim > 1024)
            throw new IllegalArgumentException("need 1 <= code_dim <= 1024, got " + codeDim);
        if (encoderWidth.size() != 2 || encoderWidth.stream().anyMatch(width -> width < 1 || width > 4096))
            throw new IllegalArgumentException("need two of encoder_width, each 1 to 4096, got " + encoderWidth);
        if (decoderWidth.size() != 2 || decoderWidth.stream().anyMatch(width -> width < 1 || width > 4096))
            throw new IllegalArgumentException("need two of decoder_width, each 1 to 4096, got " + decoderWidth);
    }

    public int cells() {
        return grid * grid;
    }
}
