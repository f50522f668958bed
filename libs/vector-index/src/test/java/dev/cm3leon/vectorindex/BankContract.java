package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndex.VectorField.DOCUMENT;
import static dev.cm3leon.vectorindex.VectorIndexContract.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What holds for every [Bank], besides what holds for every index.
interface BankContract extends VectorIndexContract {

    float[] EAST = {1, 0, 0};

    /// The same bank every time within a test, as a process of that encoder sees it.
    Bank bank(String encoder);

    @Override
    default VectorIndex index() {
        return bank("clip-a");
    }

    /// Removes what the test left.
    @AfterEach
    void clear();

    @Test
    default void aNewBankIsNotOutdated() {
        assertThat(bank("clip-a").outdated()).isEmpty();
        assertThat(bank("clip-a").version()).contains("v" + Bank.LAYOUT + "_");
    }

    @Test
    default void searchesTheBuiltIndexFromTheSwitchOn() {
        Bank bank = bank("clip-a");
        bank.upsert(List.of(entry("old", 1, 0, 0)));
        String before = bank.version();

        Bank.Built built = bank.build();
        built.index().upsert(List.of(entry("new", 1, 0, 0)));
        assertThat(ids(bank)).containsExactly("old");
        bank.switchTo(built);
        assertThat(ids(bank)).containsExactly("new");
        bank.dropOthers();

        assertThat(ids(bank)).containsExactly("new");
        assertThat(bank.size()).isEqualTo(1);
        assertThat(bank.version()).isNotEqualTo(before);
    }

    @Test
    default void whatIsAddedWhileBuildingIsFoundBeforeAndAfterTheSwitch() {
        Bank bank = bank("clip-a");
        Bank.Built built = bank.build();

        bank.upsert(List.of(entry("meanwhile", 1, 0, 0)));

        assertThat(ids(bank)).containsExactly("meanwhile");
        bank.switchTo(built);
        assertThat(ids(bank)).containsExactly("meanwhile");
    }

    @Test
    default void whatIsDeletedWhileBuildingStaysAwayAfterTheSwitch() {
        Bank bank = bank("clip-a");
        bank.upsert(List.of(entry("kept", 1, 0, 0), entry("gone", 1, 0, 0)));
        Bank.Built built = bank.build();
        built.index().upsert(List.of(entry("kept", 1, 0, 0), entry("gone", 1, 0, 0)));

        bank.delete(Set.of("gone"));
        bank.switchTo(built);

        assertThat(ids(bank)).containsExactly("kept");
    }

    @Test
    default void whatAnAbandonedBuildingLeftIsDroppedByTheNext() {
        Bank bank = bank("clip-a");
        bank.upsert(List.of(entry("a", 1, 0, 0)));
        Bank.Built abandoned = bank.build();
        Bank.Built built = bank.build();

        assertThatThrownBy(() -> bank.switchTo(abandoned))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(abandoned.name());
        assertThat(ids(bank)).containsExactly("a");

        built.index().upsert(List.of(entry("b", 1, 0, 0)));
        bank.switchTo(built);
        assertThat(ids(bank)).containsExactly("b");
    }

    @Test
    default void searchingNeverStopsWhileIndexesAreBuiltAndSwitched() throws Exception {
        Bank bank = bank("clip-a");
        var entries = IntStream.range(0, 40)
                .mapToObj(i -> entry("d%02d".formatted(i), 1, 0, 0))
                .toList();
        var expected = entries.stream().map(VectorIndex.Entry::id).toList();
        bank.upsert(entries);
        var stop = new AtomicBoolean();
        List<List<String>> wrong = new ArrayList<>();
        var searches = new AtomicInteger();
        Callable<Boolean> searching = () -> {
            while (!stop.get()) {
                List<String> found = bank.search(DOCUMENT, EAST, 100, ANY).stream()
                        .map(Hit::id)
                        .toList();
                if (!found.equals(expected)) {
                    synchronized (wrong) {
                        wrong.add(found);
                    }
                }
                searches.incrementAndGet();
            }
            return true;
        };

        try (var threads = Executors.newFixedThreadPool(2)) {
            var first = threads.submit(searching);
            var second = threads.submit(searching);
            try {
                for (int round = 0; round < 5 || (searches.get() < 20 && round < 1000); round++) {
                    Bank.Built built = bank.build();
                    built.index().upsert(entries);
                    bank.switchTo(built);
                    bank.dropOthers();
                }
            } finally {
                stop.set(true);
            }

            assertThat(first.get() && second.get()).isTrue();
            assertThat(searches.get()).isGreaterThanOrEqualTo(20);
            assertThat(wrong).isEmpty();
        }
    }

    @Test
    default void anIndexOfAnotherEncoderIsNotSearchedAndIsToBeRebuilt() {
        bank("clip-a").upsert(List.of(entry("a", 1, 0, 0)));
        Bank bank = bank("clip-b");

        assertThat(bank.outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("encoder"));
        assertThatThrownBy(() -> ids(bank))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("to be rebuilt");
        assertThat(bank.size()).isEqualTo(1);

        Bank.Built built = bank.build();
        built.index().upsert(List.of(entry("b", 1, 0, 0)));
        bank.switchTo(built);
        bank.dropOthers();

        assertThat(ids(bank)).containsExactly("b");
        assertThat(bank.outdated()).isEmpty();
    }

    /// As after a promotion: the old encoder's index is searched until the new one's, of another dimension, is whole.
    @Test
    default void theOldEncoderIsSearchedUntilTheNewOnesIndexTakesItsPlace() {
        Bank old = bank("clip-a");
        old.upsert(List.of(entry("kept", 1, 0, 0), entry("gone", 1, 0, 0)));
        Bank bank = old.with("clip-b", 2);
        assertThat(bank.outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("encoder"));

        Bank.Built built = bank.build();
        built.index().upsert(List.of(entry("kept", 0, 1), entry("gone", 0, 1)));
        old.delete(Set.of("gone"));
        assertThat(old.isSearched()).isTrue();
        assertThat(ids(old)).containsExactly("kept");
        assertThatThrownBy(() -> bank.search(DOCUMENT, new float[] {0, 1}, 9, ANY))
                .isInstanceOf(UncheckedIOException.class);
        bank.switchTo(built);
        bank.dropOthers();

        assertThat(bank.search(DOCUMENT, new float[] {0, 1}, 9, ANY))
                .extracting(Hit::id)
                .containsExactly("kept");
        assertThat(bank.outdated()).isEmpty();
        assertThat(old.isSearched()).isFalse();
        assertThatThrownBy(() -> ids(old)).isInstanceOf(UncheckedIOException.class);
        assertThat(old.outdated()).isPresent(); // rolled back, it would be built anew

        old.delete(Set.of("kept")); // by one who has not heard of the switch
        assertThat(bank.size()).isZero();
    }

    static List<String> ids(Bank bank) {
        return bank.search(DOCUMENT, EAST, 100, ANY).stream().map(Hit::id).toList();
    }
}
