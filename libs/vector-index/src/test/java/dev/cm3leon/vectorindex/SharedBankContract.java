package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.BankContract.ids;
import static dev.cm3leon.vectorindex.VectorIndexContract.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What holds for a [Bank] that several processes open.
interface SharedBankContract extends BankContract {

    /// The same bank from another process.
    Bank another(String encoder);

    @Test
    default void anotherProcessFollowsTheSwitch() throws Exception {
        Bank bank = bank("clip-a");
        bank.upsert(List.of(entry("old", 1, 0, 0)));
        try (Bank other = another("clip-a")) {
            assertThat(ids(other)).containsExactly("old");

            Bank.Built built = bank.build();
            built.index().upsert(List.of(entry("new", 1, 0, 0)));
            other.upsert(List.of(entry("others", 1, 0, 0)));
            bank.switchTo(built);
            Thread.sleep(bank.settles());
            assertThat(ids(other)).containsExactly("new", "others");
            bank.build();
            bank.dropOthers();

            assertThat(ids(other)).containsExactly("new", "others");
        }
    }
}
