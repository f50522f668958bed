package dev.cm3leon.trainer.avatars;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.trainer.avatars.Identity.Beard;
import dev.cm3leon.trainer.avatars.Identity.Hair;
import dev.cm3leon.trainer.avatars.Identity.HairColour;
import dev.cm3leon.trainer.avatars.Identity.Length;
import dev.cm3leon.trainer.avatars.Identity.Skin;
import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Look.Clothes;
import dev.cm3leon.trainer.avatars.Look.ClothesColour;
import dev.cm3leon.trainer.avatars.Look.Eyes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class AvatarsTest {

    @Test
    void theSamePortraitIsAlwaysTheSamePixels() {
        Portrait portrait = Portrait.random(new Random(7));

        assertThat(Avatars.draw(portrait)).isEqualTo(Avatars.draw(portrait)).hasSize(64 * 64 * 3);
        assertThat(portrait).isEqualTo(Portrait.random(new Random(7)));
    }

    @Test
    void twoPortraitsThatDifferInOneAttributeDifferWhereItCanBeSeen() {
        Random random = new Random(1);
        for (int trial = 0; trial < 300; trial++) {
            Portrait portrait = Portrait.random(random);
            byte[] pixels = Avatars.draw(portrait);
            for (Portrait other : neighbours(portrait)) {
                if (other.equals(portrait)) continue;
                assertThat(changedPixels(pixels, Avatars.draw(other)))
                        .as("%s against %s", portrait, other)
                        .isGreaterThan(25);
            }
        }
    }

    @Test
    void whatCannotBeSeenIsNeitherDrawnNorScored() {
        Identity bald = new Identity(Hair.BALD, Length.LONG, HairColour.PINK, Skin.TAN, Beard.NONE);
        Portrait portrait = new Portrait(bald, Look.random(new Random(3)));

        assertThat(bald).isEqualTo(new Identity(Hair.BALD, Length.SHORT, HairColour.BLUE, Skin.TAN, Beard.NONE));
        assertThat(portrait.values())
                .doesNotContainKeys(Attribute.LENGTH, Attribute.HAIR_COLOUR)
                .hasSize(7);
    }

    @Test
    void aPngHasTheDrawnPixels() throws Exception {
        byte[] pixels = Avatars.draw(Portrait.random(new Random(4)));

        var read = ImageIO.read(new java.io.ByteArrayInputStream(Avatars.png(pixels)));

        assertThat(read.getRGB(20, 30) & 0xffffff)
                .isEqualTo((pixels[3 * (30 * 64 + 20)] & 255) << 16
                        | (pixels[3 * (30 * 64 + 20) + 1] & 255) << 8
                        | pixels[3 * (30 * 64 + 20) + 2] & 255);
    }

    @Test
    void aFifthOfAllPicturesAndSixPercentOfTheCharactersAreKeptFromTraining() {
        Random random = new Random(5);
        int withheld = 0, pictures = 20_000;
        Set<Identity> all = new HashSet<>();
        for (int i = 0; i < pictures; i++) {
            Portrait portrait = Portrait.random(random);
            if (portrait.withheld()) withheld++;
            all.add(portrait.identity());
        }
        long heldOut = all.stream().filter(Identity::heldOut).count();

        assertThat(withheld / (double) pictures).isBetween(0.17, 0.25);
        assertThat(heldOut / (double) all.size()).isBetween(0.045, 0.075);
        assertThat(Portrait.forTraining(random))
                .matches(p -> !p.withheld() && !p.identity().heldOut());
    }

    private static List<Portrait> neighbours(Portrait p) {
        Identity i = p.identity();
        Look l = p.look();
        List<Portrait> all = new ArrayList<>();
        for (Hair o : Hair.values()) all.add(with(p, new Identity(o, i.length(), i.hairColour(), i.skin(), i.beard())));
        for (Length o : Length.values())
            all.add(with(p, new Identity(i.hair(), o, i.hairColour(), i.skin(), i.beard())));
        for (HairColour o : HairColour.values())
            all.add(with(p, new Identity(i.hair(), i.length(), o, i.skin(), i.beard())));
        for (Skin o : Skin.values()) all.add(with(p, new Identity(i.hair(), i.length(), i.hairColour(), o, i.beard())));
        for (Beard o : Beard.values())
            all.add(with(p, new Identity(i.hair(), i.length(), i.hairColour(), i.skin(), o)));
        for (Clothes o : Clothes.values())
            all.add(new Portrait(i, new Look(o, l.clothesColour(), l.background(), l.eyes())));
        for (ClothesColour o : ClothesColour.values())
            all.add(new Portrait(i, new Look(l.clothes(), o, l.background(), l.eyes())));
        for (Background o : Background.values())
            all.add(new Portrait(i, new Look(l.clothes(), l.clothesColour(), o, l.eyes())));
        for (Eyes o : Eyes.values())
            all.add(new Portrait(i, new Look(l.clothes(), l.clothesColour(), l.background(), o)));
        return all;
    }

    private static Portrait with(Portrait portrait, Identity identity) {
        return new Portrait(identity, portrait.look());
    }

    /// Pixels whose colour differs by more than 40 of 765.
    private static int changedPixels(byte[] a, byte[] b) {
        int changed = 0;
        for (int p = 0; p < a.length; p += 3) {
            int difference = 0;
            for (int c = 0; c < 3; c++) difference += Math.abs((a[p + c] & 255) - (b[p + c] & 255));
            if (difference > 40) changed++;
        }
        return changed;
    }
}
