package dev.cm3leon.trainer.avatars;

import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.Thing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import tools.jackson.databind.json.JsonMapper;

/// Writes the demo's memory bank as WebDataset shards: `BankMain OUTPUT_FOLDER`.
///
/// `portraits.tar` holds named characters that no training saw, one picture each; `things.tar` things of families that
/// no training saw, by their own names. The same code gives the same bytes.
public final class BankMain {
    private static final int CHARACTERS = 48;
    private static final int BLOCK = 512;

    private BankMain() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: BankMain OUTPUT_FOLDER");
            System.exit(2);
        }
        Path output = Files.createDirectories(Path.of(arguments[0]));
        Files.write(output.resolve("portraits.tar"), tar(portraits()));
        Files.write(output.resolve("things.tar"), tar(things()));
    }

    /// Picture, caption and particulars of each character, by file name.
    static Map<String, byte[]> portraits() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20251124);
        JsonMapper json = new JsonMapper();
        Map<String, byte[]> entries = new LinkedHashMap<>();
        Set<Identity> identities = new HashSet<>();
        Set<String> words = new HashSet<>();
        while (identities.size() < CHARACTERS) {
            Portrait portrait = Portrait.random(random);
            Identity identity = portrait.identity();
            if (portrait.withheld() || !identity.heldOut() || identities.contains(identity)) continue;
            String name = name(words, random);
            identities.add(identity);

            String key = name.toLowerCase(Locale.ROOT).replace(' ', '-');
            Map<String, String> attributes = new LinkedHashMap<>();
            portrait.values().forEach((a, value) -> attributes.put(a.name().toLowerCase(Locale.ROOT), value));
            Map<String, Object> about = new LinkedHashMap<>();
            about.put("id", key);
            about.put("licence", "CC-BY-4.0");
            about.put("source", "ToonHead by Johan Melin, changed");
            about.put("attributes", attributes);
            entries.put(key + ".png", Avatars.png(Avatars.draw(portrait)));
            entries.put(key + ".txt", utf8(Captions.caption(name, portrait)));
            entries.put(key + ".json", json.writeValueAsBytes(about));
        }
        return entries;
    }

    /// A short name of words that no other character has.
    private static String name(Set<String> taken, RandomGenerator random) {
        while (true) {
            String name = Names.heldOut(random);
            List<String> words = List.of(name.split(" "));
            boolean fits = words.stream().allMatch(w -> w.length() >= 3 && w.length() <= 7 && !taken.contains(w));
            if (fits) {
                taken.addAll(words);
                return name;
            }
        }
    }

    /// The same of each Noto emoji of the test families, alone on a plain ground.
    static Map<String, byte[]> things() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20261124);
        JsonMapper json = new JsonMapper();
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (Thing thing : Thing.Split.TEST.things()) {
            if (!thing.style().equals("noto")) continue;
            Scene scene = Scene.of(Card.of(thing), random);
            String key = "thing-" + thing.label().replaceAll("[^a-z0-9]+", "-");
            Map<String, Object> about = new LinkedHashMap<>();
            about.put("id", key);
            about.put("licence", "Apache-2.0");
            about.put("source", "Noto Emoji, Google, changed");
            entries.put(key + ".png", Avatars.png(scene.draw()));
            entries.put(key + ".txt", utf8(SceneCaptions.canonical(scene)));
            entries.put(key + ".json", json.writeValueAsBytes(about));
        }
        return entries;
    }

    /// A ustar archive of plain files, without times or owners.
    static byte[] tar(Map<String, byte[]> entries) {
        var out = new ByteArrayOutputStream();
        entries.forEach((name, content) -> {
            out.writeBytes(header(name, content.length));
            out.writeBytes(content);
            out.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
        });
        out.writeBytes(new byte[2 * BLOCK]);
        return out.toByteArray();
    }

    private static byte[] header(String name, int size) {
        byte[] encoded = utf8(name);
        if (encoded.length > 100) throw new IllegalArgumentException("need a name of at most 100 bytes, got " + name);
        byte[] header = new byte[BLOCK];
        System.arraycopy(encoded, 0, header, 0, encoded.length);
        put(header, 100, "0000644\0" + "0000000\0" + "0000000\0");
        put(header, 124, "%011o\0".formatted(size) + "00000000000\0");
        Arrays.fill(header, 148, 156, (byte) ' '); // the sum is taken with blanks in its place
        put(header, 156, "0");
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) sum += b & 255;
        put(header, 148, "%06o\0 ".formatted(sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = utf8(text);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
