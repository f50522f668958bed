package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.RgbImage;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/// A contact sheet: rows of pictures with a caption on the left and a title over each column, written as one PNG.
final class Sheet {

    private static final int CAPTION = 300;
    private static final int GAP = 8;
    private static final int HEADER = 24;

    private final int size;
    private final int zoom;
    private final int blocks;
    private final List<String> titles;
    private final List<Row> rows = new ArrayList<>();

    /// @param size side of a picture in pixels
    /// @param zoom how many pixels of the sheet one pixel of a picture becomes
    /// @param blocks how many blocks of rows stand side by side
    Sheet(int size, int zoom, int blocks, List<String> titles) {
        this.size = size;
        this.zoom = zoom;
        this.blocks = blocks;
        this.titles = List.copyOf(titles);
    }

    private record Row(String caption, List<byte @Nullable []> pictures) {}

    /// Adds a row; a picture is row-major RGB, null leaves its place empty.
    void add(String caption, List<byte @Nullable []> pictures) {
        if (pictures.size() != titles.size()) {
            throw new IllegalArgumentException(
                    "need a picture for each title, got " + pictures.size() + " and " + titles.size());
        }
        rows.add(new Row(caption, new ArrayList<>(pictures)));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    void write(Path file) throws IOException {
        int cell = size * zoom;
        int inBlock = Math.ceilDiv(rows.size(), blocks);
        int blockWidth = CAPTION + titles.size() * (cell + GAP);
        int width = blocks * blockWidth;
        int height = HEADER + inBlock * (cell + GAP);
        BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = sheet.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.setColor(Color.BLACK);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        for (int block = 0; block < blocks; block++) {
            for (int column = 0; column < titles.size(); column++) {
                g.drawString(titles.get(column), block * blockWidth + CAPTION + column * (cell + GAP), HEADER - 8);
            }
        }
        for (int row = 0; row < rows.size(); row++) {
            int left = row / inBlock * blockWidth;
            int top = HEADER + row % inBlock * (cell + GAP);
            wrap(g, rows.get(row).caption(), left + 4, top + 16);
            List<byte @Nullable []> pictures = rows.get(row).pictures();
            for (int column = 0; column < pictures.size(); column++) {
                byte[] rgb = pictures.get(column);
                if (rgb == null) continue;
                BufferedImage picture = new RgbImage(size, size, rgb).buffered();
                g.drawImage(picture, left + CAPTION + column * (cell + GAP), top, cell, cell, null);
            }
        }
        g.dispose();
        if (file.getParent() != null) Files.createDirectories(file.getParent());
        ImageIO.write(sheet, "png", file.toFile());
    }

    private static void wrap(Graphics2D g, String text, int x, int y) {
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && g.getFontMetrics().stringWidth(line + " " + word) > CAPTION - 16) {
                g.drawString(line.toString(), x, y);
                line.setLength(0);
                y += 16;
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        g.drawString(line.toString(), x, y);
    }
}
