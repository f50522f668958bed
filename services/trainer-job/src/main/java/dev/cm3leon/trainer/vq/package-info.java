/// The image tokenizer: 64x64 pixels to 8x8 codes and back (a VQ-VAE with an EMA codebook).
@NullMarked
package dev.cm3leon.trainer.vq;

import org.jspecify.annotations.NullMarked;
