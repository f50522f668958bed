/// What the services tell each other. Five sealed families of records ([GenerationEvent], [DocumentEvent],
/// [TrainingEvent], [ModelEvent], [SearchEvent]); one Kafka topic per record, named by its `@JsonTypeName`.
@NullMarked
package dev.cm3leon.events;

import org.jspecify.annotations.NullMarked;
