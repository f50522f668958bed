package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PreparingTest {

    private final BlockingQueue<String> opened = new LinkedBlockingQueue<>();
    private final Preparing preparing = new Preparing("tiny@0", true, opened::add);

    @AfterEach
    void close() {
        preparing.close();
    }

    @Test
    void ofAllThatWasPromotedOnlyWhatServesIsOpened() throws InterruptedException {
        for (int i = 1; i < 9; i++) preparing.accept(new ModelPromoted("tiny@" + i, 1, at(i)));
        preparing.accept(new ModelPromoted("tiny@9", 0.5, at(9)));

        assertThat(opened.poll(10, TimeUnit.SECONDS)).isEqualTo("tiny@8");
        assertThat(opened.poll(10, TimeUnit.SECONDS)).isEqualTo("tiny@9");

        preparing.accept(new ModelPromoted("tiny@10", 1, at(10)));

        assertThat(opened.poll(10, TimeUnit.SECONDS)).isEqualTo("tiny@10"); // and the canary ends
        assertThat(opened).isEmpty();
    }

    @Test
    void whatWasRolledBackIsNotOpened() throws InterruptedException {
        preparing.accept(new ModelPromoted("tiny@1", 1, at(1)));
        preparing.accept(new ModelPromoted("tiny@2", 1, at(2)));
        preparing.accept(new ModelRolledBack("tiny@2", at(3)));

        assertThat(opened.poll(10, TimeUnit.SECONDS)).isEqualTo("tiny@1");
        assertThat(opened).isEmpty();
    }

    @Test
    void whereOneModelServesWhateverIsPromotedNothingIsOpened() throws InterruptedException {
        try (var fixed = new Preparing("tiny@0", false, opened::add)) {
            fixed.accept(new ModelPromoted("tiny@1", 1, at(1)));
            preparing.accept(new ModelPromoted("tiny@2", 1, at(2)));

            assertThat(opened.poll(10, TimeUnit.SECONDS)).isEqualTo("tiny@2"); // heard later, opened first
        }
        assertThat(opened).isEmpty();
    }

    private static Instant at(long second) {
        return Instant.EPOCH.plusSeconds(second);
    }
}
