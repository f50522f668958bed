package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/// Something that happened to one subject: a generation, a document, a training run, a model or a search.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Event
        permits GenerationEvent, DocumentEvent, TrainingEvent, ModelEvent, SearchEvent, IndexEvent {

    /// The id of what this happened to: the CloudEvents subject and the Kafka message key.
    @JsonIgnore
    String subject();

    /// What tells this occurrence from others of the same type and subject, e.g. a step number; empty where there is
    /// only one.
    @JsonIgnore
    default String occurrence() {
        return "";
    }

    /// The CloudEvents type, which is also the name of the topic, e.g. `generation-requested.v1`.
    @JsonIgnore
    default String type() {
        return typeOf(getClass());
    }

    /// The CloudEvents id: made of type, subject and occurrence, so that a repeated delivery has the same, and who has
    /// seen it can drop it.
    @JsonIgnore
    default String eventId() {
        String id = type() + ":" + subject();
        return occurrence().isEmpty() ? id : id + ":" + occurrence();
    }

    /// The type of a record class.
    static String typeOf(Class<? extends Event> event) {
        JsonTypeName name = event.getAnnotation(JsonTypeName.class);
        if (name == null) throw new IllegalArgumentException(event + " has no @JsonTypeName");
        return name.value();
    }
}
