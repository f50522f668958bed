package dev.cm3leon.generator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.events.Decoding;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobTest {

    /// Each report has all codes so far: as many of them as tokens would be megabytes a picture of 1,024.
    @Test
    void aLargePictureIsReportedAsOftenAsASmallOne() {
        Prompt prompt =
                PromptLayout.of(TinyTransformer.VOCABULARY, new Grid(32), 1200).textToImage(List.of(), new int[] {5});
        List<Integer> positions = new ArrayList<>();
        var job = new Job(
                TinyTransformer.request("g", 2, 7, Decoding.TOP_P),
                prompt,
                (of, position, tokensPerSecond, codes) -> positions.add(position));

        for (int token = 0; token < 2 * 1024; token++) job.tokenDecoded();

        assertThat(positions).hasSize(15).startsWith(64, 128).endsWith(960);
    }
}
