package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.Share;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;

/// Panels of curves of shares with their 95 % Wilson intervals, written as one PNG. The places along a panel are its
/// settings in order, equally far apart.
final class Chart {
    static final int WIDTH = 480; // of a panel; two stand side by side
    private static final int HEIGHT = 260, MARGIN = 40;
    private static final Color[] COLOURS = {
        new Color(0x3355aa), new Color(0xcc4422), new Color(0x228844), new Color(0x996600), new Color(0x8833aa)
    };

    private final List<Panel> panels = new ArrayList<>();

    /// @param shares one at each place, empty where nothing was measured
    record Curve(String name, List<Optional<Share>> shares) {}

    private record Panel(String title, List<String> places, List<Curve> curves) {}

    void panel(String title, List<String> places, List<Curve> curves) {
        for (Curve curve : curves) {
            if (curve.shares().size() != places.size())
                throw new IllegalArgumentException("need a share at each of %s, got %s".formatted(places, curve));
        }
        panels.add(new Panel(title, List.copyOf(places), List.copyOf(curves)));
    }

    /// Two panels a row.
    void write(Path file) throws IOException {
        var image = new BufferedImage(
                2 * WIDTH, Math.max(1, Math.ceilDiv(panels.size(), 2)) * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        for (int i = 0; i < panels.size(); i++) draw(g, panels.get(i), i % 2 * WIDTH, i / 2 * HEIGHT);
        g.dispose();
        if (file.getParent() != null) Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }

    private static void draw(Graphics2D g, Panel panel, int x, int y) {
        int left = x + MARGIN, right = x + WIDTH - 12, top = y + MARGIN, bottom = y + HEIGHT - MARGIN;
        g.setStroke(new BasicStroke(1));
        for (int percent = 0; percent <= 100; percent += 25) {
            int at = height(percent / 100.0, top, bottom);
            g.setColor(Color.LIGHT_GRAY);
            g.drawLine(left, at, right, at);
            g.setColor(Color.DARK_GRAY);
            g.drawString(percent + " %", x + 4, at + 4);
        }
        g.drawString(panel.title, left, y + 14);
        int step = (right - left) / panel.places.size();
        for (int i = 0; i < panel.places.size(); i++)
            g.drawString(panel.places.get(i), left + step / 2 + i * step - 8, bottom + 16);
        int legend = left;
        for (int c = 0; c < panel.curves.size(); c++) {
            Curve curve = panel.curves.get(c);
            g.setColor(COLOURS[c % COLOURS.length]);
            g.drawString(curve.name, legend, y + 30);
            legend += g.getFontMetrics().stringWidth(curve.name) + 14;
            int fromX = -1, fromY = -1;
            for (int i = 0; i < curve.shares.size(); i++) {
                if (curve.shares.get(i).isEmpty()) continue;
                Share share = curve.shares.get(i).get();
                // a little apart, so that intervals can be told from each other
                int atX = left + step / 2 + i * step + 4 * c, atY = height(share.value(), top, bottom);
                Share.Interval interval = share.wilson(0.95);
                g.setStroke(new BasicStroke(1));
                g.drawLine(atX, height(interval.low(), top, bottom), atX, height(interval.high(), top, bottom));
                g.fillOval(atX - 3, atY - 3, 6, 6);
                g.setStroke(new BasicStroke(1.6f));
                if (fromX >= 0) g.drawLine(fromX, fromY, atX, atY);
                fromX = atX;
                fromY = atY;
            }
        }
    }

    private static int height(double share, int top, int bottom) {
        return bottom - (int) Math.round(share * (bottom - top));
    }
}
