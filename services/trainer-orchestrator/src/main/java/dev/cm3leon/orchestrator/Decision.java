package dev.cm3leon.orchestrator;

import java.util.List;

/// What a run becomes, and what is to be done about it.
record Decision(TrainingRun next, List<Command> commands) {
    Decision {
        commands = List.copyOf(commands);
    }

    static Decision of(TrainingRun next, Command... commands) {
        return new Decision(next, List.of(commands));
    }
}
