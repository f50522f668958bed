package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.random;

import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Teaches the decoder alone to draw the same codes better. No code changes, so it can go on while a transformer learns
/// from them.
public final class DecoderTraining implements Learner {
    private final VqModel model;
    private final long seed;
    private final int batch;
    private final Schedule schedule;
    private final Pictures pictures;
    private final PictureLoss pictureLoss;
    private final AdamW optimizer; // parameters without a gradient stay as they are

    public DecoderTraining(
            VqModel model, long seed, int batch, Schedule schedule, Pictures pictures, ErrorCosts costs) {
        this.model = model;
        this.seed = seed;
        this.batch = batch;
        this.schedule = schedule;
        this.pictures = pictures;
        this.pictureLoss = new PictureLoss(costs, model.configuration().imageSize(), model.device());
        this.optimizer = new AdamW(model.parameters(), new AdamW.Settings(0.9, 0.99, 0, 1));
    }

    @Override
    public long steps() {
        return schedule.steps();
    }

    @Override
    public Outcome step(long step) {
        byte[][] some = Pictures.some(pictures.learned(), random(seed, "decoder", step), batch);
        Tensor pixels =
                model.device().place(Ops.pixels(some, model.configuration().imageSize()));
        Tensor loss = pictureLoss.of(model.decode(codes(pixels)), pixels);
        loss.backward();
        optimizer.step(schedule.at(step));
        return new Outcome(
                loss.item_double(), (long) batch * model.configuration().cells(), Map.of());
    }

    /// (B, 3, S, S) to the vectors of its codes (B, D, G, G), which no gradient passes.
    private Tensor codes(Tensor pixels) {
        try (var guard = new NoGradGuard()) {
            Tensor rows = VqModel.rows(model.encode(pixels));
            return model.grid(model.codebook().index_select(0, model.nearest(rows)));
        }
    }

    @Override
    public Map<String, Double> validate(long step) {
        try (var scope = new PointerScope()) {
            return PictureLoss.score(model, pictures, seed);
        }
    }

    @Override
    public Map<String, Weights.Array> state() {
        var state = new LinkedHashMap<>(model.arrays());
        state.putAll(optimizer.arrays());
        return state;
    }

    @Override
    public void restore(Weights state) {
        model.restore(state);
        optimizer.restore(state);
    }
}
