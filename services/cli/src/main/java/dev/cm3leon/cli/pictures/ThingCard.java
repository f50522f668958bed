package dev.cm3leon.cli.pictures;

import dev.cm3leon.cli.terminal.Failure;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/// A picture as the model learned named things: on a white card in one quarter of a white square.
public final class ThingCard {
    /// What can be seen beside the thing, in the words of training.
    public static final String PLACE = "at the top left on a white background";

    private static final int MOST = 1024; // pixels of the card's side

    private ThingCard() {}

    /// @param file PNG or JPEG; what is transparent becomes white
    /// @return PNG, twice as wide and as high as the longer side of the picture
    /// @throws Failure USAGE where it cannot be read
    public static byte[] of(Path place, byte[] file) {
        try {
            BufferedImage picture = ImageFile.pixels(place, file).buffered();
            int longer = Math.max(picture.getWidth(), picture.getHeight());
            int card = Math.min(longer, MOST);
            int width = Math.max(1, picture.getWidth() * card / longer);
            int height = Math.max(1, picture.getHeight() * card / longer);
            var square = new BufferedImage(2 * card, 2 * card, BufferedImage.TYPE_INT_RGB);
            Graphics2D g = square.createGraphics();
            g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, 2 * card, 2 * card);
            g.drawImage(picture, (card - width) / 2, (card - height) / 2, width, height, null);
            g.dispose();
            var png = new ByteArrayOutputStream();
            ImageIO.write(square, "png", png);
            return png.toByteArray();
        } catch (IOException e) {
            throw Failure.usage("cannot read the picture in %s: %s".formatted(place, e.getMessage()));
        }
    }
}
