package dev.cm3leon.trainer.evaluation;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.Arc2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Random;
import javax.imageio.ImageIO;

/// Pictures as a user might bring them: of no style that training ever showed, 256 x 256. Two are photographs and
/// one is drawn by another hand (resources, with their licences); the others are composed here.
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
    FACE("a face of another style") {
        @Override
        void paint(Graphics2D g, Random random) {
            show("face.png", g);
        }
    },
    CAT("a photo of a cat") {
        @Override
        void paint(Graphics2D g, Random random) {
            show("cat.jpg", g);
        }
    },
    CUP("a photo of a cup") {
        @Override
        void paint(Graphics2D g, Random random) {
            show("cup.jpg", g);
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

    private static void show(String resource, Graphics2D g) {
        try (InputStream in = OwnPictures.class.getResourceAsStream("/evaluation/own/" + resource)) {
            if (in == null) throw new IllegalStateException("no resource evaluation/own/" + resource);
            g.drawImage(ImageIO.read(in), 0, 0, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    BufferedImage draw() {
        var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        paint(g, new Random(ordinal()));
        g.dispose();
        return image;
    }
}
