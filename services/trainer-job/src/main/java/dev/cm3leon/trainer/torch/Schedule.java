package dev.cm3leon.trainer.torch;

/// The learning rate by step: a linear warm-up, flat for a while, then half a cosine down to `end`.
///
/// @param peak the highest rate
/// @param warmUp steps until it is reached
/// @param flatUntil the step where the cosine begins, if that is after the warm-up
/// @param steps the step where it ends
/// @param end the share of the peak that is left at the end
public record Schedule(double peak, long warmUp, long flatUntil, long steps, double end) {

    public double at(long step) {
        if (step < warmUp) return peak * (step + 1) / warmUp;
        long begin = Math.max(warmUp, flatUntil);
        if (step < begin) return peak;
        double along = Math.min(1, (step - begin) / (double) Math.max(1, steps - begin));
        return peak * (end + (1 - end) * 0.5 * (1 + Math.cos(Math.PI * along)));
    }
}
