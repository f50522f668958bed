package dev.cm3leon.trainer.torch;

import java.util.Locale;

/// The learning rate by step: a linear warm-up, flat for a while, then down to `end`.
///
/// @param peak the highest rate
/// @param warmUp steps until it is reached
/// @param flatUntil the step where the decay begins, if that is after the warm-up
/// @param steps the step where it ends
/// @param end the share of the peak that is left at the end
/// @param decay its form
public record Schedule(double peak, long warmUp, long flatUntil, long steps, double end, Decay decay) {

    /// How the rate falls: by half a cosine, or in a line.
    public enum Decay {
        COSINE,
        LINEAR;

        /// @throws IllegalArgumentException naming both
        public static Decay named(String field, String name) {
            for (Decay one : values()) if (one.name().toLowerCase(Locale.ROOT).equals(name)) return one;
            throw new IllegalArgumentException("need " + field + " cosine or linear, got " + name);
        }

        /// What is left of 1.
        ///
        /// @param along share of the way
        private double left(double along) {
            return this == LINEAR ? 1 - along : 0.5 * (1 + Math.cos(Math.PI * along));
        }
    }

    public Schedule(double peak, long warmUp, long flatUntil, long steps, double end) {
        this(peak, warmUp, flatUntil, steps, end, Decay.COSINE);
    }

    public double at(long step) {
        if (step < warmUp) return peak * (step + 1) / warmUp;
        long begin = Math.max(warmUp, flatUntil);
        if (step < begin) return peak;
        double along = Math.min(1, (step - begin) / (double) Math.max(1, steps - begin));
        return peak * (end + (1 - end) * decay.left(along));
    }
}
