package dev.cm3leon.trainer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    private final Schedule schedule = new Schedule(2, 10, 40, 100, 0.05);

    @Test
    void risesStaysAndFalls() {
        assertThat(schedule.at(0)).isEqualTo(0.2);
        assertThat(schedule.at(9)).isEqualTo(2);
        assertThat(schedule.at(39)).isEqualTo(2);
        assertThat(schedule.at(70)).isCloseTo(2 * (0.05 + 0.95 / 2), within(1e-9));
        assertThat(schedule.at(100)).isCloseTo(0.1, within(1e-9));
    }

    @Test
    void fallsInALineWhereThatIsAsked() {
        var linear = new Schedule(2, 10, 40, 100, 0.1, Schedule.Decay.LINEAR);

        assertThat(linear.at(39)).isEqualTo(2);
        assertThat(linear.at(55)).isCloseTo(2 * (0.1 + 0.9 * 0.75), within(1e-9));
        assertThat(linear.at(70)).isCloseTo(2 * (0.1 + 0.9 * 0.5), within(1e-9));
        assertThat(linear.at(100)).isCloseTo(0.2, within(1e-9));
    }

    @Test
    void fallsFromThePeakHoweverLongTheWarmUp() {
        var schedule = new Schedule(2, 50, 0, 100, 0);

        assertThat(schedule.at(49)).isEqualTo(2);
        assertThat(schedule.at(50)).isEqualTo(2);
        assertThat(schedule.at(75)).isCloseTo(1, within(1e-9));
    }
}
