/// What the services tell each other. Six sealed families of records ([GenerationEvent], [DocumentEvent],
/// [TrainingEvent], [ModelEvent], [SearchEvent], [IndexEvent]).
/// One Kafka topic per record, named by its `@JsonTypeName`.
@NullMarked
package dev.cm3leon.events;

import org.jspecify.annotations.NullMarked;
