package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.convolution;
import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.group_norm;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.upsample_nearest2d;

import dev.cm3leon.model.vq.VqganConfig;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Parameters;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/// The VQGAN of Make-A-Scene and Chameleon, under the names of the original checkpoint: residual blocks on
/// several levels of size, with attention where the configuration says so and in the middle.
final class VqganNetwork implements VqNetwork {
    private final int levels;
    private final Parameters p;

    /// Convolutions begin with the deviation that PyTorch gives them.
    VqganNetwork(VqganConfig configuration, RandomGenerator random, Device device) {
        var builder = new Parameters.Builder(random);
        configuration.shapes().forEach((name, shape) -> {
            if (name.equals(VqganConfig.CODEBOOK)) return; // moved by averages
            if (shape.length > 1) builder.add(name, Math.sqrt(1.0 / (3 * shape[1] * shape[2] * shape[3])), shape);
            else if (name.endsWith(".weight")) builder.ones(name, shape);
            else builder.add(name, 0, shape);
        });
        this.levels = configuration.multipliers().size();
        this.p = builder.build(device);
    }

    @Override
    public Parameters parameters() {
        return p;
    }

    @Override
    public Tensor lastLayer() {
        return p.get("decoder.conv_out.weight");
    }

    @Override
    public String codebook() {
        return VqganConfig.CODEBOOK;
    }

    @Override
    public Tensor encode(Tensor pixels) {
        Tensor x = same("encoder.conv_in", pixels);
        for (int level = 0; level < levels; level++) {
            String name = "encoder.down." + level;
            x = level(name, x);
            // zeros to the right and below only
            if (level < levels - 1)
                x = convolution(p, name + ".downsample.conv", constant_pad_nd(x, 0, 1, 0, 1), 2, false);
        }
        x = silu(norm("encoder.norm_out", middle("encoder.mid", x)));
        return same("quant_conv", same("encoder.conv_out", x));
    }

    @Override
    public Tensor decode(Tensor vectors) {
        Tensor x = middle("decoder.mid", same("decoder.conv_in", same("post_quant_conv", vectors)));
        for (int level = levels - 1; level >= 0; level--) {
            String name = "decoder.up." + level;
            x = level(name, x);
            if (level > 0) x = same(name + ".upsample.conv", upsample_nearest2d(x, 2 * x.size(2), 2 * x.size(3)));
        }
        return same("decoder.conv_out", silu(norm("decoder.norm_out", x)));
    }

    /// The blocks of one size, each followed by attention where there is some.
    private Tensor level(String name, Tensor x) {
        for (int block = 0; p.has(name + ".block." + block + ".conv1.weight"); block++) {
            x = residual(name + ".block." + block, x);
            String attention = name + ".attn." + block;
            if (p.has(attention + ".q.weight")) x = attention(attention, x);
        }
        return x;
    }

    private Tensor middle(String name, Tensor x) {
        return residual(name + ".block_2", attention(name + ".attn_1", residual(name + ".block_1", x)));
    }

    private Tensor residual(String name, Tensor x) {
        Tensor h = same(name + ".conv1", silu(norm(name + ".norm1", x)));
        h = same(name + ".conv2", silu(norm(name + ".norm2", h)));
        return h.add(p.has(name + ".nin_shortcut.weight") ? same(name + ".nin_shortcut", x) : x);
    }

    /// One head over all places.
    private Tensor attention(String name, Tensor x) {
        Tensor h = norm(name + ".norm", x);
        Tensor y = scaled_dot_product_attention(
                places(same(name + ".q", h)),
                places(same(name + ".k", h)),
                places(same(name + ".v", h)),
                new TensorOptional(),
                0,
                false,
                new DoubleOptional(),
                false);
        y = y.transpose(2, 3).reshape(x.size(0), x.size(1), x.size(2), x.size(3));
        return x.add(same(name + ".proj_out", y));
    }

    /// (B, C, H, W) to (B, 1, H W, C).
    private static Tensor places(Tensor x) {
        return x.reshape(x.size(0), 1, x.size(1), x.size(2) * x.size(3)).transpose(2, 3);
    }

    private Tensor norm(String name, Tensor x) {
        return group_norm(
                x,
                VqganConfig.GROUPS,
                new TensorOptional(p.get(name + ".weight")),
                new TensorOptional(p.get(name + ".bias")),
                VqganConfig.EPSILON,
                false);
    }

    /// Of the same height and width.
    private Tensor same(String name, Tensor x) {
        return convolution(p, name, x, 1, true);
    }
}
