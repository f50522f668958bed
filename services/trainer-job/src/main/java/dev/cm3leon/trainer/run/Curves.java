package dev.cm3leon.trainer.run;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// What a run reported, step by step: read from its folder, written as JSON, drawn as one panel a stage.
///
/// @param stages points of each stage in the order of steps; a step reported twice (after a kill) counts once
public record Curves(SequencedMap<String, List<Map<String, Double>>> stages) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int WIDTH = 760, HEIGHT = 240, MARGIN = 44;
    private static final int ACROSS = 4; // names of lines side by side

    public static Curves of(Run run, List<String> names) {
        var stages = new LinkedHashMap<String, List<Map<String, Double>>>();
        for (String name : names) {
            var file = run.stage(name).resolve("curve.jsonl");
            if (!Files.exists(file)) continue;
            var points = new TreeMap<Double, Map<String, Double>>();
            try {
                for (String line : Files.readAllLines(file))
                    point(line).ifPresent(point -> points.put(point.getOrDefault("step", 0.0), point));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            stages.put(name, List.copyOf(points.values()));
        }
        return new Curves(stages);
    }

    /// None where a line breaks off, as one does that was being written when the machine went down.
    private static Optional<Map<String, Double>> point(String line) {
        try {
            return Optional.of(JSON.readValue(line, new TypeReference<Map<String, Double>>() {}));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    public String json() {
        return JSON.writeValueAsString(stages);
    }

    /// The losses of a stage in the order of steps.
    public List<Double> losses(String stage) {
        return stages.getOrDefault(stage, List.of()).stream()
                .map(point -> point.getOrDefault("loss", Double.NaN))
                .toList();
    }

    /// The last value of a metric of a stage, or NaN.
    public double last(String stage, String metric) {
        return last(stage, metric, Long.MAX_VALUE);
    }

    /// The last value of each metric of a stage.
    public Map<String, Double> last(String stage) {
        Map<String, Double> last = new HashMap<>();
        stages.getOrDefault(stage, List.of()).forEach(last::putAll);
        return last;
    }

    /// The last value until a step.
    public double last(String stage, String metric, long until) {
        double last = Double.NaN;
        for (Map<String, Double> point : stages.getOrDefault(stage, List.of()))
            if (point.getOrDefault("step", 0.0) <= until) last = point.getOrDefault(metric, last);
        return last;
    }

    /// Losses and what belongs to them, one panel a stage; where losses are told by kind of token and by place, those
    /// in a second one.
    public byte[] png() {
        List<Panel> panels = new ArrayList<>();
        stages.forEach((stage, points) -> {
            panels.add(Panel.of(
                    stage,
                    points,
                    metric -> metric.equals("loss") || metric.startsWith("nll_") || metric.startsWith("recall_")));
            var parts = Panel.of(stage + " by kind and place", points, metric -> metric.startsWith("loss_"));
            if (!parts.metrics.isEmpty()) panels.add(parts);
        });
        return png(panels);
    }

    /// One metric of all stages, a line each.
    public Panel panel(String title, String metric) {
        var points = new TreeMap<Double, Map<String, Double>>();
        stages.forEach((stage, all) -> all.forEach(point -> {
            Double value = point.get(metric);
            if (value == null) return;
            double step = point.getOrDefault("step", 0.0);
            points.computeIfAbsent(step, _ -> new LinkedHashMap<>(Map.of("step", step)))
                    .put(stage, value);
        }));
        return Panel.of(title, List.copyOf(points.values()), name -> !name.equals("step"));
    }

    /// Lines over steps.
    ///
    /// @param metrics which of the points' values are drawn, a line each
    public record Panel(String title, List<Map<String, Double>> points, List<String> metrics) {
        public static Panel of(String title, List<Map<String, Double>> points, Predicate<String> wanted) {
            List<String> metrics = points.stream()
                    .flatMap(point -> point.keySet().stream())
                    .filter(wanted)
                    .distinct()
                    .sorted()
                    .toList();
            return new Panel(title, points, metrics);
        }

        private int legendRows() {
            return (metrics.size() + ACROSS - 1) / ACROSS;
        }

        private int height() {
            return HEIGHT + 16 * legendRows();
        }
    }

    public static byte[] png(List<Panel> panels) {
        int height = Math.max(1, panels.stream().mapToInt(Panel::height).sum());
        var image = new BufferedImage(WIDTH, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        int top = 0;
        for (Panel panel : panels) {
            draw(g, panel, top);
            top += panel.height();
        }
        g.dispose();
        try {
            var bytes = new ByteArrayOutputStream();
            ImageIO.write(image, "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void draw(Graphics2D g, Panel panel, int top) {
        List<Map<String, Double>> points = panel.points;
        double steps = points.isEmpty() ? 1 : points.getLast().getOrDefault("step", 1.0), most = 0;
        // the first twentieth would flatten everything else
        for (Map<String, Double> point : points)
            if (point.getOrDefault("step", 0.0) > steps / 20)
                for (String metric : panel.metrics) most = Math.max(most, point.getOrDefault(metric, 0.0));
        if (most == 0) most = 1;
        int left = MARGIN, bottom = top + panel.height() - MARGIN / 2;
        int width = WIDTH - 2 * MARGIN, height = HEIGHT - MARGIN;
        g.setColor(Color.LIGHT_GRAY);
        g.drawRect(left, bottom - height, width, height);
        g.setColor(Color.DARK_GRAY);
        g.drawString(panel.title, left + 4, top + 16);
        g.drawString("%.2f".formatted(most), 4, bottom - height + 10);
        g.drawString("0", left - 12, bottom);
        g.drawString("%,.0f steps".formatted(steps), left + width - 80, bottom + 16);
        g.setStroke(new BasicStroke(1.4f));
        for (int m = 0; m < panel.metrics.size(); m++) {
            String metric = panel.metrics.get(m);
            g.setColor(Color.getHSBColor(m / (float) panel.metrics.size(), 0.8f, 0.7f));
            g.drawString(metric, left + 4 + m % ACROSS * (width / ACROSS), top + 32 + 16 * (m / ACROSS));
            int fromX = -1, fromY = -1;
            for (Map<String, Double> point : points) {
                Double value = point.get(metric);
                if (value == null) continue;
                int x = left + (int) (width * point.getOrDefault("step", 0.0) / steps);
                int y = bottom - (int) (height * Math.min(1, value / most));
                if (fromX >= 0) g.drawLine(fromX, fromY, x, y);
                fromX = x;
                fromY = y;
            }
        }
    }
}
