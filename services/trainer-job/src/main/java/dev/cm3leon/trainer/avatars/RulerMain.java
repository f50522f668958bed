package dev.cm3leon.trainer.avatars;

import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.global.torch;

/// Trains the ruler and says how good it is: `RulerMain FILE [STEPS]`.
public final class RulerMain {
    /// Of the ruler that the published figures are by.
    public static final int STEPS = 4_000;

    private static final int CHECKED = 2_000;

    private RulerMain() {}

    public static void main(String[] arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("usage: RulerMain FILE [STEPS]");
            System.exit(2);
        }
        long steps = arguments.length == 2 ? Long.parseLong(arguments[1]) : STEPS;
        Ruler ruler = train(Path.of(arguments[0]), steps, System.out);
        report("clean", ruler, (picture, random) -> picture);
        report("disturbed", ruler, Disturbance::of);
    }

    /// On one thread, so that its weights are the same wherever it is trained; told every hundred steps.
    public static Ruler train(Path file, long steps, PrintStream out) {
        int threads = torch.get_num_threads();
        Device.useThreads(1);
        long start = System.nanoTime();
        Ruler ruler = Ruler.train(
                steps,
                1,
                (loss, step) -> out.printf(
                        Locale.ROOT,
                        "ruler: step %d of %d  loss %.4f  %.0f s%n",
                        step,
                        steps,
                        loss,
                        (System.nanoTime() - start) / 1e9));
        ruler.save(file);
        Device.useThreads(threads);
        return ruler;
    }

    private static void report(String kind, Ruler ruler, BiFunction<byte[], RandomGenerator, byte[]> change) {
        RandomGenerator random = Ops.random(99, "ruler check", 0);
        List<Portrait> portraits = new ArrayList<>();
        List<byte[]> pictures = new ArrayList<>();
        for (int i = 0; i < CHECKED; i++) {
            portraits.add(Portrait.random(random));
            pictures.add(change.apply(Avatars.draw(portraits.get(i)), random));
        }
        Score score = Score.of(portraits, ruler.read(pictures), EnumSet.allOf(Attribute.class));
        System.out.printf(
                Locale.ROOT,
                "%s: all right %.3f, mean %.4f%n",
                kind,
                score.allRight().value(),
                score.mean());
        for (Attribute attribute : Attribute.values()) {
            System.out.printf(
                    Locale.ROOT, "  %s %s%n", attribute, score.byAttribute().get(attribute));
        }
    }
}
