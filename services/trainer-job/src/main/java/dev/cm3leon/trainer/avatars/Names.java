package dev.cm3leon.trainer.avatars;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Names of characters, known and made up, without end: nothing worth remembering, so a model must look them up.
public final class Names {
    private static final List<String> FIRST = lines("first-names.txt");
    private static final List<String> LAST = lines("last-names.txt");
    private static final String[] ONSETS =
            "b br c ch cl d dr f fl g gr h j k kl l m n p qu r s sh sk st t th tr v w y z zh".split(" ");
    private static final String[] VOWELS = "a a a e e e i i o o u ai ea ee ie oo au ou y".split(" ");
    private static final String[] CODAS = "n n r r s l m d t k th nd rt x ck ll sh ng".split(" ");

    private Names() {}

    /// A name for training; one in twelve is a single word.
    public static String random(RandomGenerator random) {
        String first = word(FIRST, false, random);
        return random.nextInt(12) == 0 ? first : first + " " + word(LAST, false, random);
    }

    /// A first and a last name of which training sees neither.
    public static String heldOut(RandomGenerator random) {
        return word(FIRST, true, random) + " " + word(LAST, true, random);
    }

    /// The same, but none of those that are given, to which it is added.
    public static String heldOut(Set<String> given, RandomGenerator random) {
        while (true) {
            String name = heldOut(random);
            if (given.add(name)) return name;
        }
    }

    /// Whether training never sees this word in a name: one word in ten, by a fixed hash.
    static boolean heldOut(String word) {
        return Integer.remainderUnsigned(Options.mix(word.hashCode()), 10) == 0;
    }

    private static String word(List<String> known, boolean heldOut, RandomGenerator random) {
        while (true) {
            String word = random.nextBoolean() ? Options.pick(known, random) : madeUp(random);
            if (heldOut(word) == heldOut) return word;
        }
    }

    private static String madeUp(RandomGenerator random) {
        StringBuilder word = new StringBuilder();
        int syllables = 1 + random.nextInt(3);
        if (random.nextInt(4) == 0) word.append(Options.pick(VOWELS, random));
        for (int s = 0; s < syllables; s++) {
            word.append(Options.pick(ONSETS, random)).append(Options.pick(VOWELS, random));
            boolean end = s == syllables - 1;
            if (random.nextInt(end ? 2 : 4) == 0 || syllables == 1) word.append(Options.pick(CODAS, random));
        }
        word.setCharAt(0, Character.toUpperCase(word.charAt(0)));
        return word.toString();
    }

    private static List<String> lines(String file) {
        try (InputStream in = Names.class.getResourceAsStream("/avatars/" + file)) {
            if (in == null) throw new IllegalStateException("no resource avatars/" + file);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
