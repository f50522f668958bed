package dev.cm3leon.vectorindex;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TermsTest {

    @Test
    void wordsAreComparedWithoutCaseAndPunctuation() {
        assertThat(Terms.of("MIRA, a Red jacket; mira! 'jack-o-lantern'"))
                .containsExactly("mira", "a", "red", "jacket", "jack-o-lantern");
    }

    @Test
    void whatIsSomebodysNamesTheOneWhoseItIs() {
        assertThat(Terms.of("Mira's red jacket and Zoë’s hat")).contains("mira", "zoë");
        assertThat(Terms.of("'s")).containsExactly("s");
    }

    @Test
    void aWordIsTheSameHoweverItIsTyped() {
        assertThat(Terms.of("D’Angelo")).isEqualTo(Terms.of("D'Angelo")).containsExactly("d'angelo");
        assertThat(Terms.of("Jose\u0301")).isEqualTo(Terms.of("Jos\u00e9")).containsExactly("jos\u00e9");
        assertThat(Terms.of("\uff2d\uff49\uff52\uff41")).containsExactly("mira");
    }

    @Test
    void marksBelongToTheLettersBeforeThem() {
        assertThat(Terms.of("\u092e\u0940\u0930\u093e, \u2764\ufe0f Mira"))
                .containsExactly("\u092e\u0940\u0930\u093e", "mira");
    }
}
