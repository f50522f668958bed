package dev.cm3leon.trainer.data;

import dev.cm3leon.trainer.avatars.Options;
import java.nio.IntBuffer;
import java.util.stream.IntStream;

/// Which pictures of a dataset are never trained on but scored: about one of fifty, those of small marks, and where
/// none has a small one, the one of the smallest. A mark follows from a picture's codes alone, so a picture that
/// several datasets of a run have is kept apart in all of them, but for those so small that the smallest mark says.
///
/// @param highest mark of those that are kept apart
public record HeldOutPictures(int highest) {
    private static final int SMALL = (int) (Integer.MIN_VALUE + (1L << Integer.SIZE) / 50);

    /// @param marks of all pictures of a dataset
    public static HeldOutPictures among(IntStream marks) {
        return new HeldOutPictures(Math.max(SMALL, marks.min().orElse(SMALL)));
    }

    /// Equal for equal pictures.
    public static int mark(int[] codes) {
        return Options.mix(IntBuffer.wrap(codes).hashCode());
    }

    public boolean has(int mark) {
        return mark <= highest;
    }
}
