package dev.cm3leon.trainer.scenes;

import dev.cm3leon.trainer.avatars.Look.Background;
import dev.cm3leon.trainer.avatars.Options;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// One to four cards on a plain ground.
public record Scene(Map<Place, Card> cards, Background ground) {

    /// Width and height in pixels.
    public static final int SIZE = 64;

    public Scene {
        if (cards.isEmpty()) throw new IllegalArgumentException("need at least one card, got none");
        cards = Collections.unmodifiableMap(new EnumMap<>(cards));
    }

    /// One card at any place on any ground.
    public static Scene of(Card card, RandomGenerator random) {
        return new Scene(Map.of(place(random), card), ground(random));
    }

    /// Of two to four cards of such things.
    public static Scene several(List<Thing> things, RandomGenerator random) {
        int places = 2 + random.nextInt(3);
        List<Card> cards = new ArrayList<>();
        for (int i = 0; i < places; i++) cards.add(Card.random(things, random));
        return of(cards, places, random);
    }

    /// Each card once at least, in any places.
    public static Scene of(List<Card> cards, int places, RandomGenerator random) {
        if (places < cards.size() || places > Place.values().length)
            throw new IllegalArgumentException("need " + cards.size() + " <= places <= 4, got " + places);
        List<Place> free = new ArrayList<>(List.of(Place.values()));
        Options.shuffle(free, random);
        Map<Place, Card> laid = new EnumMap<>(Place.class);
        for (int i = 0; i < places; i++)
            laid.put(free.get(i), i < cards.size() ? cards.get(i) : Options.pick(cards, random));
        return new Scene(laid, ground(random));
    }

    public static Place place(RandomGenerator random) {
        return Options.pick(Place.values(), random);
    }

    public static Background ground(RandomGenerator random) {
        return Options.pick(Background.values(), random);
    }

    public Scene on(Background other) {
        return new Scene(cards, other);
    }

    /// The different cards, in order of their first places.
    public List<Card> things() {
        return cards.values().stream().distinct().toList();
    }

    /// The places of a card, in order.
    public List<Place> places(Card card) {
        return cards.entrySet().stream()
                .filter(entry -> entry.getValue().equals(card))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Row-major interleaved RGB, [#SIZE] x `SIZE`.
    public byte[] draw() {
        byte[] rgb = new byte[SIZE * SIZE * 3];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) (ground.rgb >> (16 - 8 * (i % 3)));
        cards.forEach((place, card) -> card.draw(rgb, SIZE, place.left(), place.top()));
        return rgb;
    }
}
