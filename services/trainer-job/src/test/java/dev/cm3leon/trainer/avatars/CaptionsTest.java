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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CaptionsTest {
    private static final Portrait PORTRAIT = new Portrait(
            new Identity(Hair.SPIKY, Length.SHORT, HairColour.BLUE, Skin.TAN, Beard.FULL),
            new Look(Clothes.JACKET, ClothesColour.RED, Background.PINK, Eyes.GLASSES));

    @Test
    void theCanonicalCaptionNamesEverything() {
        assertThat(Captions.canonical(PORTRAIT))
                .isEqualTo("a person with short spiky blue hair, tan skin, a full beard, glasses and a red jacket"
                        + " on a pink background");
    }

    @Test
    void theCanonicalCaptionReadsBackAsTheValuesOfThePortrait() {
        Random random = new Random(1);
        for (int i = 0; i < 5_000; i++) {
            Portrait portrait = Portrait.random(random);

            assertThat(Captions.read(Captions.canonical(portrait))).isEqualTo(portrait.values());
        }
    }

    @Test
    void theFirstPromptOfTheReadmeIsACaptionThatTrainingCanShow() {
        assertThat(PORTRAIT.withheld()).isFalse();
        assertThat(PORTRAIT.identity().heldOut()).isFalse();
    }

    @Test
    void aCompleteCaptionHasAWordForEachValueAndNoOther() {
        Random random = new Random(2);
        for (int i = 0; i < 5_000; i++) {
            Portrait portrait = Portrait.random(random);

            String caption = " " + Captions.complete(portrait, random).toLowerCase() + " ";

            portrait.values().forEach((attribute, value) -> assertThat(caption).contains(expected(attribute, value)));
            assertThat(falseWords(caption, portrait)).as(caption).isEmpty();
        }
    }

    @Test
    void anOrdinaryCaptionLeavesThingsOutButSaysNothingFalse() {
        Random random = new Random(3);
        int complete = 0;
        for (int i = 0; i < 5_000; i++) {
            Portrait portrait = Portrait.random(random);

            String caption = " " + Captions.of(portrait, random).toLowerCase() + " ";

            assertThat(falseWords(caption, portrait)).as(caption).isEmpty();
            assertThat(caption).doesNotContain("  a", ", ,", "with on", "with  ");
            if (portrait.values().entrySet().stream()
                    .allMatch(e -> caption.contains(expected(e.getKey(), e.getValue())))) complete++;
        }
        assertThat(complete / 5_000.0).isBetween(0.05, 0.5);
    }

    @Test
    void aNamedCaptionNeverTellsWhatIsFixed() {
        Random random = new Random(4);
        for (int i = 0; i < 5_000; i++) {
            Portrait portrait = Portrait.random(random);

            for (String caption : List.of(
                    Captions.named("Lena Voss", portrait, random), Captions.document("Lena Voss", portrait, random))) {
                assertThat(caption).contains("Lena Voss").doesNotContain("hair", "beard", "moustache", "skin", "bald");
                assertThat(falseWords(" " + caption + " ", portrait))
                        .as(caption)
                        .isEmpty();
            }
        }
    }

    @Test
    void questionsHaveTrueAnswersAndYesIsAsLikelyAsNo() {
        Random random = new Random(5);
        Map<String, int[]> yesAndAll = new HashMap<>();
        for (int i = 0; i < 8_000; i++) {
            for (var qa : Captions.questions(Portrait.random(random), random)) {
                if (!qa.isCheck()) continue;
                String kind = qa.question().split(" ")[0] + qa.question().split(" ")[2];
                int[] count = yesAndAll.computeIfAbsent(kind, k -> new int[2]);
                if (qa.answer().equals("yes")) count[0]++;
                count[1]++;
            }
        }

        yesAndAll.forEach((kind, count) ->
                assertThat(count[0] / (double) count[1]).as(kind).isBetween(0.42, 0.58));
        assertThat(Captions.questions(PORTRAIT, new Random(1)))
                .contains(
                        new Captions.QuestionAnswer("What colour is the hair?", "blue"),
                        new Captions.QuestionAnswer("What does the person wear?", "a red jacket"),
                        new Captions.QuestionAnswer("Does the person have a beard?", "yes"));
    }

    @Test
    void aCheckSaysWhatIsSeenAndWhatIsNot() {
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            Portrait portrait = Portrait.random(random);
            String seen = Captions.paragraph(portrait).toLowerCase(java.util.Locale.ROOT);
            for (var check : Captions.checks(portrait, random)) {
                String[] parts = check.reason().replaceFirst("\\.$", "").split(", not ");
                assertThat(check.asked().isCheck()).isTrue();
                assertThat(parts).hasSize(check.yes() ? 1 : 2);
                String value = parts[0].substring(parts[0].lastIndexOf(' ') + 1);
                if (!value.equals("bald")) assertThat(seen).as(check.reason()).contains(value);
                if (!check.yes() && !check.question().contains("beard"))
                    assertThat(parts[0]).as(check.reason()).doesNotEndWith(" " + parts[1]);
            }
        }
    }

    @Test
    void heldOutNamesShareNoWordWithTrainingNames() {
        Random random = new Random(6);
        Set<String> seen = new HashSet<>(), names = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            String name = Names.random(random);
            names.add(name);
            seen.addAll(List.of(name.split(" ")));
        }

        assertThat(names).hasSizeGreaterThan(18_000);
        for (int i = 0; i < 2_000; i++) {
            assertThat(seen).doesNotContain(Names.heldOut(random).split(" "));
        }
    }

    private static String expected(Attribute attribute, String value) {
        return switch (attribute) {
            case HAIR -> value.equals("bald") ? "" : value;
            case BEARD -> value.equals("none") ? "no beard" : value;
            case SKIN -> value + " skin";
            case BACKGROUND -> value + " background";
            case CLOTHES_COLOUR -> value + " ";
            default -> value;
        };
    }

    /// Options of attributes that stand in the caption although the portrait has others, where a word is theirs alone.
    private static Set<String> falseWords(String caption, Portrait portrait) {
        Set<String> wrong = new HashSet<>();
        Map<Attribute, String> values = portrait.values();
        for (Attribute attribute : Attribute.values()) {
            for (String option : attribute.options()) {
                if (option.equals(values.get(attribute))) continue;
                String phrase =
                        switch (attribute) {
                            case HAIR -> option.equals("bald") ? " bald" : " " + option + " ";
                            case SKIN -> " " + option + " skin";
                            case BACKGROUND -> " " + option + " background";
                            case BEARD ->
                                switch (option) {
                                    case "none" -> " no beard";
                                    case "moustache" -> " moustache";
                                    default -> " " + option + " beard";
                                };
                            case EYES -> option.endsWith("glasses") ? " " + option : " " + option + " eyes";
                            case CLOTHES -> " " + option;
                            case CLOTHES_COLOUR -> " " + option + " " + values.get(Attribute.CLOTHES);
                            case LENGTH -> " " + option + " hair";
                            case HAIR_COLOUR -> " " + option + " hair";
                        };
                if (caption.contains(phrase)) wrong.add(phrase);
            }
        }
        return wrong;
    }
}
