package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class BankMainTest {

    @Test
    void everyCharacterHasAPictureACaptionWithItsNameAndItsLicence() {
        Map<String, byte[]> entries = BankMain.portraits();

        assertThat(entries).hasSize(3 * 48);
        entries.forEach((name, content) -> {
            String key = name.substring(0, name.indexOf('.'));
            if (name.endsWith(".txt")) {
                assertThat(text(content).toLowerCase()).startsWith(key.replace('-', ' '));
            }
            if (name.endsWith(".json")) {
                assertThat(text(content)).contains("\"CC-BY-4.0\"", key, "\"hair\"");
            }
            assertThat(entries).containsKeys(key + ".png", key + ".txt", key + ".json");
        });
    }

    @Test
    void theShippedShardsAreTheOnesThatThisCodeDraws() throws Exception {
        for (var shard : Map.of("portraits", BankMain.portraits(), "things", BankMain.things())
                .entrySet()) {
            Map<String, byte[]> drawn = shard.getValue(), shipped = untar("/bank/" + shard.getKey() + ".tar");

            assertThat(shipped.keySet()).isEqualTo(drawn.keySet());
            for (String name : shipped.keySet()) {
                if (name.endsWith(".png")) assertThat(pixels(shipped.get(name))).isEqualTo(pixels(drawn.get(name)));
                else assertThat(shipped.get(name)).isEqualTo(drawn.get(name));
            }
        }
    }

    @Test
    void eachThingHasAPictureOf64PixelsACaptionAndALicence() throws Exception {
        Map<String, byte[]> entries = untar("/bank/things.tar");

        assertThat(entries).hasSize(3 * 115);
        for (var entry : entries.entrySet()) {
            String content = text(entry.getValue());
            if (entry.getKey().endsWith(".png"))
                assertThat(pixels(entry.getValue())).hasSize(64 * 64);
            else if (entry.getKey().endsWith(".txt")) assertThat(content).endsWith(" background");
            else assertThat(content).contains("\"Apache-2.0\"");
        }
    }

    private static Map<String, byte[]> untar(String resource) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (InputStream in = BankMain.class.getResourceAsStream(resource)) {
            assertThat(in).isNotNull();
            var tar = new TarArchiveInputStream(in);
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry())
                entries.put(entry.getName(), tar.readAllBytes());
        }
        return entries;
    }

    private static int[] pixels(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png)).getRGB(0, 0, 64, 64, null, 0, 64);
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.UTF_8);
    }
}
