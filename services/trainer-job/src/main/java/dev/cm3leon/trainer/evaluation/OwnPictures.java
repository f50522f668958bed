package dev.cm3leon.trainer.evaluation;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.Arc2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Random;

/// Pictures as a user might bring them: of no style that training ever showed. Composed here, 256 x 256.
enum OwnPictures {
    DRAWING("a drawing in felt pen") {
        @Override
        void paint(Graphics2D g, Random random) {
            g.setColor(new Color(0xfffdf2));
            g.fillRect(0, 0, SIZE, SIZE);
            g.setStroke(new BasicStroke(7, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            g.setColor(new Color(0xd0342c));
            Path2D body = new Path2D.Double();
            body.moveTo(70, 256);
            body.curveTo(80, 190, 176, 190, 186, 256);
            g.draw(body);
            for (int x = 84; x < 180; x += 14) g.drawLine(x, 250, x + 6, 222);
            g.setColor(new Color(0x1d3f8f));
            g.draw(new Ellipse2D.Double(74, 70, 108, 124));
            g.fill(new Ellipse2D.Double(102, 116, 12, 16));
            g.fill(new Ellipse2D.Double(142, 116, 12, 16));
            g.draw(new Arc2D.Double(104, 130, 48, 36, 200, 140, Arc2D.OPEN));
            g.setColor(new Color(0x2b8a3e));
            for (int i = 0; i < 11; i++) {
                int x = 78 + i * 10;
                g.drawLine(
                        x,
                        88 - (int) (18 * Math.sin(Math.PI * i / 10)),
                        x - 8 + random.nextInt(16),
                        34 + random.nextInt(20));
            }
        }
    },
    LOGO("a logo") {
        @Override
        void paint(Graphics2D g, Random random) {
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, SIZE, SIZE);
            g.setColor(new Color(0x0b6e4f));
            g.fill(new Ellipse2D.Double(28, 28, 200, 200));
            g.setColor(new Color(0xffc914));
            Path2D bolt = new Path2D.Double();
            bolt.moveTo(146, 48);
            bolt.lineTo(82, 140);
            bolt.lineTo(122, 140);
            bolt.lineTo(106, 208);
            bolt.lineTo(176, 112);
            bolt.lineTo(134, 112);
            bolt.closePath();
            g.fill(bolt);
        }
    },
    PHOTO("a picture like a photo") {
        @Override
        void paint(Graphics2D g, Random random) {
            g.setPaint(new LinearGradientPaint(
                    0, 0, 0, 150, new float[] {0, 1}, new Color[] {new Color(0x5d6b78), new Color(0x9aa7ad)}));
            g.fillRect(0, 0, SIZE, 150);
            g.setPaint(new LinearGradientPaint(
                    0, 150, 0, SIZE, new float[] {0, 1}, new Color[] {new Color(0x6b4a2f), new Color(0xa9794c)}));
            g.fillRect(0, 150, SIZE, SIZE - 150);
            g.setColor(new Color(30, 15, 5, 110));
            g.fill(new Ellipse2D.Double(60, 186, 170, 34));
            g.setPaint(new RadialGradientPaint(108f, 96f, 120, new float[] {0, 0.25f, 0.8f, 1}, new Color[] {
                new Color(0xffe2b0), new Color(0xf08a1d), new Color(0xb2530c), new Color(0x6d2f05)
            }));
            g.fill(new Ellipse2D.Double(58, 62, 142, 142));
            for (int i = 0; i < 9_000; i++) {
                int light = random.nextInt(2) * 255;
                g.setColor(new Color(light, light, light, 26));
                g.fill(new Rectangle2D.Double(random.nextInt(SIZE), random.nextInt(SIZE), 2, 2));
            }
        }
    },
    EMOJI("an emoji of another style") {
        @Override
        void paint(Graphics2D g, Random random) {
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, SIZE, SIZE);
            g.setPaint(new RadialGradientPaint(
                    110f, 100f, 130, new float[] {0, 1}, new Color[] {new Color(0xd9b8ff), new Color(0x7a3fc0)}));
            g.fill(new Ellipse2D.Double(34, 34, 188, 188));
            g.setColor(new Color(0x2a1145));
            g.setStroke(new BasicStroke(10));
            g.draw(new Ellipse2D.Double(34, 34, 188, 188));
            g.setColor(Color.WHITE);
            g.fill(new Ellipse2D.Double(78, 84, 40, 52));
            g.fill(new Ellipse2D.Double(138, 84, 40, 52));
            g.setColor(new Color(0x2a1145));
            g.fill(new Ellipse2D.Double(94, 104, 20, 26));
            g.fill(new Ellipse2D.Double(154, 104, 20, 26));
            g.fill(new Arc2D.Double(86, 120, 84, 76, 180, 180, Arc2D.CHORD));
        }
    };

    private static final int SIZE = 256;

    /// What it is, in words.
    final String words;

    OwnPictures(String words) {
        this.words = words;
    }

    abstract void paint(Graphics2D g, Random random);

    BufferedImage draw() {
        var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        paint(g, new Random(ordinal()));
        g.dispose();
        return image;
    }
}
