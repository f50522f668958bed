package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.trainer.avatars.Avatars;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryBankTest {
    private static final byte[] BLACK = Avatars.png(new byte[64 * 64 * 3]);

    private final FakePlatform platform = new FakePlatform("fake@1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void itsDocumentsAreTakenInWhenTheyAreFirstLookedForUnderALicenceOfTheirOwn() {
        MemoryBank bank = bank("Ada Quill", "Bo Quill");
        assertThat(platform.bank).isEmpty();

        assertThat(bank.find(2)).isEqualTo(Map.of("documents", 2, "licences", List.of(bank.licence())));
        assertThat(platform.bank.keySet()).containsExactly("d0", "d1");
        assertThat(platform.bank.values())
                .extracting(FakePlatform.Document::licence)
                .containsOnly(bank.licence());
    }

    /// It stands in requests, and with them in the hash of a specification.
    @Test
    void theLicenceIsMadeOfWhatTheDocumentsAre() {
        String licence = bank("Ada Quill", "Bo Quill").licence();

        assertThat(licence).matches("evaluation, people, [0-9a-f]{12}");
        assertThat(bank("Ada Quill", "Bo Quill").licence()).isEqualTo(licence);
        assertThat(bank("Ada Quill", "Bo Bird").licence()).isNotEqualTo(licence);
        assertThat(bank("Ada Quill").licence()).isNotEqualTo(licence);
    }

    @Test
    void whatThePlatformDoesNotTakeIsSaid() {
        var bank = new MemoryBank(
                platform.client(), "people", List.of(new MemoryBank.Document("d", "Ada Quill", new byte[] {1})));

        assertThatThrownBy(() -> bank.find(1))
                .isInstanceOf(PlatformClient.Refused.class)
                .hasMessageContaining("answered 500");
    }

    private MemoryBank bank(String... names) {
        List<MemoryBank.Document> documents = new ArrayList<>();
        for (String name : names) documents.add(new MemoryBank.Document("d" + documents.size(), name, BLACK));
        return new MemoryBank(platform.client(), "people", documents);
    }
}
