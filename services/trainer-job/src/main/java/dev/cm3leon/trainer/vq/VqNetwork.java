package dev.cm3leon.trainer.vq;

import dev.cm3leon.trainer.torch.Parameters;
import org.bytedeco.pytorch.Tensor;

/// What lies on both sides of the codes.
interface VqNetwork {
    Parameters parameters();

    /// Pixels (B, 3, S, S) in [-1, 1] to vectors (B, D, G, G).
    Tensor encode(Tensor pixels);

    /// Vectors (B, D, G, G) to pixels (B, 3, S, S), not clamped.
    Tensor decode(Tensor vectors);

    /// The weight of the decoder's last convolution.
    Tensor lastLayer();

    /// The codebook's name in a bundle.
    String codebook();
}
