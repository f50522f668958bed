package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.ImageSimilarity;
import dev.cm3leon.metrics.Planes;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.vq.VqShape;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.evaluation.Report.Section;
import dev.cm3leon.trainer.vq.PatchCodes;
import dev.cm3leon.trainer.vq.Patches;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// What image tokenizers keep of pictures that they did not learn from. Beside each stands what it has to beat:
/// k-means of as many patches as it has codes, and of 1,024, from cells of pictures of training.
final class TokenizerEvaluation {
    private static final int FEW = 1024, SHOWN = 6, SHEET_SIDE = 128, USUAL_CELL = 8;
    private static final List<String> COLUMNS = List.of(
            "PSNR of all errors together, dB",
            "mean of the pictures' PSNR, dB",
            "above as many patches, dB",
            "mean SSIM",
            "codes used",
            "perplexity");

    private final Map<Shape, List<Tokenizer>> tokenizers = new LinkedHashMap<>();
    private final HeldOut.Source source;
    private final Report report;
    private final Path output;
    private final Map<Patches, Map<Integer, PatchCodes>> centres = new HashMap<>();

    /// @param name with what tells it from others, such as `demo@07cd21f0a47b`
    record Tokenizer(String name, VqTokenizer vq) {}

    /// Pixels of a picture's side, and of a code's.
    private record Shape(int size, int cell) {
        static Shape of(VqShape config) {
            return new Shape(config.imageSize(), config.imageSize() / config.grid());
        }
    }

    private interface Codec {
        int[] encode(byte[] rgb);

        byte[] decode(int[] codes);
    }

    TokenizerEvaluation(List<Tokenizer> tokenizers, HeldOut.Source source, Evaluation.Size size, Path output) {
        for (Tokenizer one : tokenizers)
            this.tokenizers
                    .computeIfAbsent(Shape.of(one.vq.config()), _ -> new ArrayList<>())
                    .add(one);
        this.source = source;
        this.report = new Report(size);
        this.output = output;
    }

    Report run() throws IOException {
        for (var group : tokenizers.entrySet()) {
            Shape shape = group.getKey();
            for (HeldOut heldOut : source.of(shape.size, shape.cell)) measure(shape, group.getValue(), heldOut);
        }
        return report;
    }

    private void measure(Shape shape, List<Tokenizer> some, HeldOut heldOut) throws IOException {
        List<byte[]> pictures = heldOut.pictures();
        boolean usual = shape.cell == USUAL_CELL;
        Section section = report.section(
                usual ? heldOut.title() : "%s, %d x %2$d pixels to a code".formatted(heldOut.title(), shape.cell),
                heldOut.split(),
                COLUMNS);
        section.resized("pictures of %d x %1$d".formatted(shape.size));
        section.pictures(pictures.size());
        section.setting(
                "pictures_sha256",
                EvaluationSpecification.sha256(
                        pictures.stream().map(ContentKey::sha256).toList()));
        section.setting(
                "k_means",
                Map.of(
                        "cell", shape.cell,
                        "cells_of_a_picture", Patches.OF_A_PICTURE,
                        "cells_at_most", heldOut.learned().most(),
                        "different_patches", heldOut.learned().different(),
                        "rounds", Patches.ROUNDS));
        Sheet sheet = new Sheet(shape.size, Math.max(1, SHEET_SIDE / shape.size), 1, Collections.nCopies(SHOWN, ""));
        show(sheet, "held-out pictures", pictures);

        var counts = new TreeSet<>(List.of(FEW));
        some.forEach(one -> counts.add(one.vq.config().codes()));
        Map<Integer, Kept> floors = new LinkedHashMap<>();
        for (int codes : counts) floors.put(codes, floor(heldOut, shape.size, codes));
        for (Tokenizer one : some) {
            int codes = one.vq.config().codes();
            String name = "%s, %d codes".formatted(one.name, codes);
            Kept own = Kept.of(pictures, shape.size, codec(one.vq, shape.size), codes);
            section.row(name, own.figures(own.above(Objects.requireNonNull(floors.get(codes)))));
            show(sheet, name, own.shown);
        }
        floors.forEach((_, floor) -> {
            String name = "k-means of %d patches".formatted(floor.uses.length);
            section.row(name, floor.figures(Figure.NONE));
            show(sheet, name, floor.shown);
        });
        section.say("different pictures", Figure.number("%.0f", pictures.size()));
        if (heldOut.skipped() > 0)
            section.say(
                    "records skipped that cannot be read, of training too", Figure.number("%.0f", heldOut.skipped()));
        sheet.write(output.resolve("sheet-" + heldOut.name() + (usual ? "" : "-cell-" + shape.cell) + ".png"));
    }

    private Kept floor(HeldOut heldOut, int size, int codes) {
        PatchCodes patches = centres.computeIfAbsent(heldOut.learned(), _ -> new HashMap<>())
                .computeIfAbsent(codes, heldOut.learned()::centres);
        return Kept.of(
                heldOut.pictures(),
                size,
                new Codec() {
                    @Override
                    public int[] encode(byte[] rgb) {
                        return patches.encode(rgb);
                    }

                    @Override
                    public byte[] decode(int[] codes) {
                        return patches.decode(codes);
                    }
                },
                patches.codes());
    }

    private static Codec codec(VqTokenizer vq, int size) {
        return new Codec() {
            @Override
            public int[] encode(byte[] rgb) {
                return vq.encode(new RgbImage(size, size, rgb));
            }

            @Override
            public byte[] decode(int[] codes) {
                return vq.decode(codes).rgb();
            }
        };
    }

    private static void show(Sheet sheet, String caption, List<byte[]> pictures) {
        List<byte @Nullable []> row = new ArrayList<>(pictures.subList(0, Math.min(SHOWN, pictures.size())));
        while (row.size() < SHOWN) row.add(null);
        sheet.add(caption, row);
    }

    /// What codes keep of pictures.
    ///
    /// @param errors mean squared error of each picture
    /// @param alike structural similarity of each picture
    /// @param uses of each code
    /// @param shown the first pictures, decoded
    private record Kept(double[] errors, double[] alike, long[] uses, List<byte[]> shown) {
        static Kept of(List<byte[]> pictures, int size, Codec codec, int codes) {
            double[] errors = new double[pictures.size()], alike = new double[pictures.size()];
            long[] uses = new long[codes];
            List<byte[]> shown = new ArrayList<>();
            for (int i = 0; i < errors.length; i++) {
                byte[] rgb = pictures.get(i);
                int[] code = codec.encode(rgb);
                for (int one : code) uses[one]++;
                byte[] decoded = codec.decode(code);
                for (int j = 0; j < rgb.length; j++) {
                    double error = (rgb[j] & 255) - (decoded[j] & 255);
                    errors[i] += error * error / rgb.length;
                }
                alike[i] = ImageSimilarity.ssim(Planes.of(rgb, size, size, 3), Planes.of(decoded, size, size, 3));
                if (i < SHOWN) shown.add(decoded);
            }
            return new Kept(errors, alike, uses, shown);
        }

        private static double psnr(double error) {
            return 10 * Math.log10(255 * 255 / Math.max(error, 1e-9));
        }

        private double[] each() {
            return Arrays.stream(errors).map(Kept::psnr).toArray();
        }

        /// Picture by picture.
        Figure above(Kept floor) {
            double[] own = each(), other = floor.each();
            for (int i = 0; i < own.length; i++) own[i] -= other[i];
            return Figure.mean("%.1f", own);
        }

        List<Figure> figures(Figure above) {
            double all = LongStream.of(uses).sum(), entropy = 0;
            for (long use : uses) if (use > 0) entropy -= use / all * Math.log(use / all);
            double used = (double) LongStream.of(uses).filter(use -> use > 0).count() / uses.length;
            return List.of(
                    Figure.number("%.1f", psnr(Arrays.stream(errors).average().orElseThrow())),
                    Figure.mean("%.1f", each()),
                    above,
                    Figure.mean("%.3f", alike),
                    Figure.percentOf(used),
                    Figure.number("%.0f", Math.exp(entropy)));
        }
    }
}
