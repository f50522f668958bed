package dev.cm3leon.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GenerationRequestTest {

    @Test
    void textsWithNothingBetweenThemAreOne() {
        Part hole = new Part.Hole(Modality.TEXT);
        GenerationRequest request = request(
                new Part.Text("a dog"),
                new Part.Text("with a hat "),
                new Part.Text("on"),
                hole,
                new Part.Text("a table"));

        assertThat(request.parts())
                .containsExactly(new Part.Text("a dog with a hat on"), hole, new Part.Text("a table"));
        assertThat(request.text()).isEqualTo("a dog with a hat on a table");
    }

    private static GenerationRequest request(Part... parts) {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 1, 0.5, 8, 12);
        return new GenerationRequest("g", "public", null, List.of(parts), sampling, 1, 0, List.of(), 7, null);
    }
}
