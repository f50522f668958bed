package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArgumentsTest {
    private static final Set<String> KNOWN = Set.of("--prompts", "--sampling", "--model", "--parts", "--dataset");

    @Test
    void whatIsNotSaidIsAsUsual() {
        assertThat(of().number("--prompts", 60)).isEqualTo(60);
        assertThat(of().json("--sampling")).isEmpty();
        assertThat(of().names("--parts")).isEmpty();
        assertThat(of("--parts", "captions,things").names("--parts")).containsExactlyInAnyOrder("captions", "things");
        assertThat(of("--sampling", "{\"guidance_scale\": 2}").json("--sampling"))
                .containsEntry("guidance_scale", 2);
    }

    @Test
    void whatIsWrongIsRefusedByItsName(@TempDir Path folder) {
        refused(
                () -> of("--promts", "10"),
                "need one of [--dataset, --model, --parts, --prompts, --sampling]",
                "--promts");
        refused(() -> of("--prompts"), "need a value after --prompts");
        refused(() -> of("--prompts", "ten").number("--prompts", 1), "need a whole number >= 1 for --prompts, got ten");
        refused(() -> of("--prompts", "0").number("--prompts", 1), "--prompts, got 0");
        refused(() -> of("--sampling", "warm").json("--sampling"), "need a JSON object for --sampling, got warm");
        refused(() -> of("--model", folder.toString()).model("unused"), "--model", "model.json");
        refused(() -> of("--dataset", "mine").dataset(), "--dataset", "got mine");
        refused(() -> of().required("--output"), "--output is needed");
    }

    private static Arguments of(String... words) {
        return Arguments.of(words, KNOWN);
    }

    private static void refused(ThrowingCallable doing, String... said) {
        assertThatThrownBy(doing).isInstanceOf(Arguments.Wrong.class).message().contains(said);
    }
}
