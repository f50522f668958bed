package dev.cm3leon.model.transformer;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.RandomWeights;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import java.nio.file.Files;
import java.util.Arrays;

/// Prints what a prompt and a step of the demo's size cost. Arguments: rows, threads.
final class StepBenchmark {
    public static void main(String[] arguments) throws Exception {
        int rows = Integer.parseInt(arguments[0]), threads = Integer.parseInt(arguments[1]);
        var config = new TransformerConfig(128, 4, 4, 512, new Vocabulary(1500, 1024, 16), new Grid(8), true);
        var file = Files.createTempFile("bench", ".safetensors");
        RandomWeights.transformer(config, 1, DType.F16).write(file);
        try (var transformer = Transformer.open(config, Safetensors.open(file), rows, threads)) {
            int V = config.vocabulary().size();
            var prompt = new TokenStream.Builder();
            for (int i = 0; i < 120; i++) prompt.append(4 + i);
            for (int round = 0; round < 6; round++) {
                long start = System.nanoTime();
                int[] taken = new int[rows];
                taken[0] = transformer.admit(prompt.build(), 0, new float[V]);
                double admit = (System.nanoTime() - start) / 1e6;
                for (int row = 1; row < rows; row++) taken[row] = transformer.fork(taken[0]);
                int[] ids = new int[rows], cells = new int[rows];
                float[][] logits = new float[rows][V];
                double[] steps = new double[256];
                for (int step = 0; step < steps.length; step++) {
                    Arrays.fill(ids, 4 + step);
                    start = System.nanoTime();
                    transformer.step(taken, ids, cells, logits);
                    steps[step] = (System.nanoTime() - start) / 1e6;
                }
                Arrays.sort(steps);
                System.out.printf(
                        "rows %d threads %d: prompt of 120 %.2f ms, step p50 %.2f ms, p90 %.2f ms%n",
                        rows, threads, admit, steps[128], steps[230]);
                for (int row : taken) transformer.release(row);
            }
        }
        Files.delete(file);
    }
}
