package dev.cm3leon.trainer.scenes;

import dev.cm3leon.trainer.avatars.Look.Background;
import java.util.Map;
import java.util.random.RandomGenerator;

/// An instruction, the scene it is about, and the scene it asks for.
public record SceneEdit(String instruction, Scene before, Scene after) {

    /// Another ground, or, where one card stands alone, another place.
    public static SceneEdit random(Scene scene, RandomGenerator random) {
        if (scene.cards().size() == 1 && random.nextBoolean()) {
            Place from = scene.cards().keySet().iterator().next();
            Place to = from;
            while (to == from) to = Scene.place(random);
            Card card = scene.cards().values().iterator().next();
            return new SceneEdit(
                    "Move it to the " + to.words() + ".", scene, new Scene(Map.of(to, card), scene.ground()));
        }
        Background ground = scene.ground();
        while (ground == scene.ground()) ground = Scene.ground(random);
        return new SceneEdit("Make the background " + SceneCaptions.word(ground) + ".", scene, scene.on(ground));
    }
}
