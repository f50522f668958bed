package dev.cm3leon.trainer.scenes;

import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.databind.json.JsonMapper;

/// Writes the demo's memory bank as WebDataset shards: `BankMain OUTPUT_FOLDER`.
///
/// `portraits.tar` holds named characters that no training saw, one picture each; `things.tar` things of families that
/// no training saw, by their own names. The same code gives the same bytes.
public final class BankMain {
    private static final int CHARACTERS = 48;

    private BankMain() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: BankMain OUTPUT_FOLDER");
            System.exit(2);
        }
        Path output = Files.createDirectories(Path.of(arguments[0]));
        write(output.resolve("portraits.tar"), portraits());
        write(output.resolve("things.tar"), things());
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

    /// An archive of plain files, without times or owners.
    private static void write(Path file, Map<String, byte[]> entries) throws IOException {
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(file), "UTF-8")) {
            for (var entry : entries.entrySet()) {
                var header = new TarArchiveEntry(entry.getKey());
                header.setSize(entry.getValue().length);
                header.setModTime(0);
                tar.putArchiveEntry(header);
                tar.write(entry.getValue());
                tar.closeArchiveEntry();
            }
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
