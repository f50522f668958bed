package dev.cm3leon.service;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Spans by hand, where a record's work goes on beyond its listener: on another thread, or together with others'. The
/// binder opens a span for each record that it delivers and carries it to what is published meanwhile; this carries it
/// further, so that a job stays one trace.
public final class Spans {

    /// What logs call the job, document or run that a line is about.
    public static final String JOB = "job";

    private final ObservationRegistry registry;

    Spans(ObservationRegistry registry) {
        this.registry = registry;
    }

    /// Where a thread is now, to go on from later.
    public Point here() {
        return new Point(registry.getCurrentObservation());
    }

    /// A place in a trace, or in none.
    public final class Point {
        private final @Nullable Observation parent;

        private Point(@Nullable Observation parent) {
            this.parent = parent;
        }

        /// Does a piece of work of one job as a span below this place; logs name the job meanwhile.
        ///
        /// @param name of the span, e.g. `decode`
        public void run(String name, String job, Runnable work) {
            try (var named = MDC.putCloseable(JOB, job)) {
                Observation.createNotStarted(name, registry)
                        .parentObservation(parent)
                        .highCardinalityKeyValue(JOB, job)
                        .observe(work);
            }
        }
    }
}
