package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndex.VectorField.DOCUMENT;
import static dev.cm3leon.vectorindex.VectorIndexContract.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Where the server has aliases; and what only the stub shows.
class MilvusVectorIndexTest extends MilvusStubContract {

    MilvusVectorIndexTest() {
        super(true, "HNSW");
    }

    @Test
    void theCollectionIsMadeOnceWithItsIndexAndLoaded() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        index().upsert(List.of(entry("b", 0, 1, 0)));

        assertThat(server.calls).containsOnlyOnce("create", "load");
        assertThat(server.tables.values()).singleElement().satisfies(table -> assertThat(table.indexed)
                .isEqualTo(Map.of(
                        "vector", "HNSW",
                        "image_vector", "HNSW",
                        "tenant", "INVERTED",
                        "terms", "INVERTED",
                        "licence", "INVERTED")));
        assertThat(server.calls.stream().filter("create-index"::equals)).hasSize(5);
        assertThat(server.tables.keySet()).singleElement().asString().matches("documents_v4_[0-9a-f]{8}_hnsw_0");
    }

    @Test
    void aCreationThatWasCutShortIsFinished() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        server.forgetTheIndex();

        assertThat(banks.another("clip-a").search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY))
                .extracting(Hit::id)
                .containsExactly("a");
        assertThat(server.calls.stream().filter("create"::equals)).hasSize(1);
        assertThat(server.calls.stream().filter("create-index"::equals)).hasSize(10);
    }

    @Test
    void aServerThatForgotWhatWasLoadedIsAskedToLoadItAgain() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        server.release();

        assertThatThrownBy(() -> index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("a code that the client does not know");
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY))
                .extracting(Hit::id)
                .containsExactly("a");
    }

    @Test
    void aCollectionThatWasTakenAwayBeginsAnewAndSaysSo() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        server.tables.clear();

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY)).isEmpty();
        assertThat(bank("clip-a").outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("taken away"));
    }

    @Test
    void aBankThatWasTakenAwayWithItsAliasBeginsAnewAndSaysSoUntilItIsRebuilt() {
        Bank bank = bank("clip-a");
        bank.upsert(List.of(entry("a", 1, 0, 0)));
        server.forgetAll();

        assertThat(bank.search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY)).isEmpty();
        bank.upsert(List.of(entry("b", 1, 0, 0)));
        assertThat(bank.size()).isEqualTo(1);
        assertThat(bank.outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("taken away"));

        try (Bank another = banks.another("clip-a")) { // which rebuilds it
            another.switchTo(another.build());
            another.dropOthers();
        }
        assertThat(bank.outdated()).isEmpty();
    }

    @Test
    void aRebuiltBankThatWasTakenAwayWithItsAliasSaysSoToo() {
        Bank bank = bank("clip-a");
        bank.switchTo(bank.build());
        bank.dropOthers();
        server.forgetAll();

        assertThat(bank.outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("taken away"));
        assertThat(bank.search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY)).isEmpty();
    }

    @Test
    void aBankThatWasTakenAwayBeforeThisProcessBeganLacksWhatWasLogged() {
        Bank bank = bank("clip-a");
        assertThat(bank.outdated()).isEmpty();

        bank.expect(() -> 2);
        bank.expect(() -> 2);

        assertThat(bank.outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("taken away"));
    }

    @Test
    void aBankThatBeganAnewIsKnownToLackWhatWasLoggedAfterARestartToo() {
        bank("clip-a").upsert(List.of(entry("a", 1, 0, 0)));
        try (Bank restarted = banks.another("clip-a")) {
            restarted.expect(() -> 2);
            restarted.expect(() -> 2);

            assertThat(restarted.outdated())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("lacks what was added"));
        }
    }

    @Test
    void ofABankThatWasRebuiltNothingIsAskedAfterARestart() {
        bank("clip-a").switchTo(bank("clip-a").build());
        try (Bank restarted = banks.another("clip-a")) {
            restarted.expect(() -> 2);
            restarted.expect(() -> 2);

            assertThat(restarted.outdated()).isEmpty();
        }
    }

    @Test
    void aNewBankThatIsBeingFilledWasNotTakenAway() {
        Bank bank = bank("clip-a");

        for (String id : List.of("a", "b", "c")) {
            bank.upsert(List.of(entry(id, 1, 0, 0)));
            bank.expect(() -> 4);
        }
        assertThat(bank.outdated()).isEmpty();

        bank.expect(() -> 4);
        assertThat(bank.outdated()).isPresent();
    }

    @Test
    void aServerThatHadAliasesHasThemStillWhenOneAnswerSaysOtherwise() {
        index().upsert(List.of(entry("a", 1, 0, 0)));

        server.hasAliases = false;
        assertThatThrownBy(() -> bank("clip-a").name()).isInstanceOf(UncheckedIOException.class);
        server.hasAliases = true;

        assertThat(bank("clip-a").outdated()).isEmpty();
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY))
                .extracting(Hit::id)
                .containsExactly("a");
    }

    @Test
    void aNewBankIsWholeWithWhatWasLoggedAndItIsAskedOnce() {
        Bank bank = bank("clip-a");
        bank.upsert(List.of(entry("a", 1, 0, 0)));

        bank.expect(() -> 1);
        bank.expect(() -> 2);

        assertThat(bank.outdated()).isEmpty();
    }

    @Test
    void aCollectionOfSomebodyElseIsLeftAlone() {
        server.tables.put("documents", MilvusStub.table());
        server.tables.put("documents_of_mine", MilvusStub.table());

        assertThat(bank("clip-a").outdated()).isEmpty();
        Bank.Built built = bank("clip-a").build();
        bank("clip-a").switchTo(built);
        bank("clip-a").dropOthers();

        assertThat(server.tables.keySet())
                .containsExactlyInAnyOrder("documents", "documents_of_mine", "documents_" + built.name());
    }

    @Test
    void anotherIndexTypeIsBuiltBesideAndTheOldOneIsSearchedMeanwhile() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        var flat = new MilvusBanks(server.uri(), "FLAT", "documents");

        assertThat(flat.bank("clip-a").outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("index type"));
        assertThat(flat.bank("clip-a").search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY))
                .hasSize(1);
        flat.close();
    }

    @Test
    void anotherIndexTypeWhoseNameBeginsTheSameIsAnotherOne() {
        var quantized = new MilvusBanks(server.uri(), "HNSW_SQ", "documents");
        quantized.bank("clip-a").upsert(List.of(entry("a", 1, 0, 0)));

        assertThat(bank("clip-a").outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("index type"));
        quantized.close();
    }

    /// As after an upgrade, until it is rebuilt.
    @Test
    void aCollectionOfAnotherLayoutIsCountedAndDocumentsAreTakenOutOfItThoughItLacksAField() {
        index().upsert(List.of(entry("kept", 1, 0, 0), entry("gone", 1, 0, 0)));
        server.makeOlder();
        try (Bank upgraded = banks.another("clip-a")) {
            assertThat(upgraded.outdated())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("layout"));
            assertThat(upgraded.size()).isEqualTo(2);

            upgraded.delete(Set.of("gone"));

            assertThat(upgraded.size()).isEqualTo(1);
        }
    }

    @Test
    void anHnswIndexLooksFurtherThanAtWhatIsAskedFor() {
        index().upsert(List.of(entry("a", 1, 0, 0)));

        index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY);
        assertThat(server.searchedWith).contains("\"ef\":128");
        index().search(DOCUMENT, new float[] {1, 0, 0}, 100, ANY);
        assertThat(server.searchedWith).contains("\"ef\":400");
    }

    @Test
    void anotherIndexTypeThanHnswIsAskedForNothingThatItMayNotHave() {
        var flat = new MilvusBanks(server.uri(), "FLAT", "documents");
        flat.bank("clip-a").upsert(List.of(entry("a", 1, 0, 0)));

        flat.bank("clip-a").search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY);
        assertThat(server.searchedWith).doesNotContain("ef");
        index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY); // HNSW is wanted, and not there yet
        assertThat(server.searchedWith).doesNotContain("ef");
        assertThat(server.tables.values()).singleElement().satisfies(table -> assertThat(table.indexed)
                .isEqualTo(Map.of("vector", "FLAT", "image_vector", "FLAT")));
        flat.close();
    }

    @Test
    void aServerThatHasNoIndexForFiltersIsUsedWithout() {
        server.refusedIndexType = "INVERTED";

        index().upsert(List.of(entry("a", 1, 0, 0)));

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY)).hasSize(1);
        assertThat(server.calls).containsOnlyOnce("load");
    }

    @Test
    void anIndexTypeThatTheServerRefusesIsNamedAndNothingIsTakenForDone() {
        server.refusedIndexType = "HNSW";

        assertThatThrownBy(() -> index().upsert(List.of(entry("a", 1, 0, 0))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("invalid index type: HNSW");

        server.refusedIndexType = "none";
        index().upsert(List.of(entry("a", 1, 0, 0)));
        assertThat(index().size()).isEqualTo(1);
    }

    @Test
    void anIndexTypeThatMilvusDoesNotKnowIsRefusedAtOnce() {
        assertThatThrownBy(() -> new MilvusServer(URI.create("http://127.0.0.1:1"), "", "hsnw", "documents"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HNSW")
                .hasMessageContaining("got 'hsnw'");
        assertThatThrownBy(() -> new MilvusServer(URI.create("http://127.0.0.1:1"), "", "HNSW", "my-documents"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 'my-documents'");
    }

    @Test
    void aFilterIsOneExpressionWithNothingInItThatNeedsAnEscape() {
        var filter = Filter.of(Set.of("public", "me"))
                .modalities(true, true)
                .licences(Set.of("CC0-1.0"))
                .allTerms(Set.of("say \"hi\"", "a\\b"))
                .anyTerm(Set.of("x"))
                .exclude(Set.of("o'hara\n100%"));

        assertThat(MilvusVectorIndex.expression(filter))
                .isEqualTo("tenant in [\"me\", \"public\"] and has_text == true and has_image == true"
                        + " and licence in [\"CC0-1.0\"]"
                        + " and array_contains_all(terms, [\"a%5cb\", \"say %22hi%22\"])"
                        + " and array_contains_any(terms, [\"x\"]) and id not in [\"o%27hara%0a100%25\"]");
    }

    @Test
    void aServerThatIsNotReadyYetMayBeTriedAgain() {
        server.isReady = false;

        assertThatThrownBy(() -> index().upsert(List.of(entry("a", 1, 0, 0))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContainingAll(server.uri().toString(), "service not ready");

        server.isReady = true;
        index().upsert(List.of(entry("a", 1, 0, 0)));
    }

    @Test
    void aServerThatIsAwayMayBeTriedAgainAndIsFoundWhenItIsBack() throws IOException {
        int port = server.uri().getPort();
        index().upsert(List.of(entry("a", 1, 0, 0)));
        server.close();

        assertThatThrownBy(() -> index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("at http://127.0.0.1:" + port);

        server = new MilvusStub(true, port); // empty, as if its data were lost
        index().upsert(List.of(entry("b", 1, 0, 0)));
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 2, ANY))
                .extracting(Hit::id)
                .containsExactly("b");
    }
}
