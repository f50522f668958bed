package dev.cm3leon.trainer;

import dev.cm3leon.objectstore.MinioObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.torch.LostWorkerException;
import dev.cm3leon.trainer.torch.ProcessGroup;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.torch.Workers;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What the environment says of a job: which worker it is and where the others, the broker and the object store are.
///
/// @param rendezvous of several workers: host and port of the first one
/// @param kafka bootstrap servers; empty for events on standard output
record JobEnvironment(
        WorkerShare share, Optional<URI> rendezvous, Optional<String> kafka, Map<String, String> variables) {
    private static final String KAFKA_PROPERTIES = "CM3_KAFKA_PROPERTIES_";
    private static final Duration PATIENCE = Duration.ofMinutes(5), SILENCE = Duration.ofMinutes(30);

    static JobEnvironment of(Map<String, String> variables) {
        int count = integer(variables, "CM3_WORLD_SIZE", 1, 65_536);
        String name = variables.containsKey("CM3_RANK") ? "CM3_RANK" : "JOB_COMPLETION_INDEX";
        int rank = count == 1 ? 0 : integer(variables, name, -1, count - 1);
        if (rank < 0) throw new RefusedException("CM3_WORLD_SIZE is " + count + ", so CM3_RANK is needed");
        Optional<URI> rendezvous = said(variables, "CM3_RENDEZVOUS").map(JobEnvironment::place);
        if (count > 1 && rendezvous.isEmpty())
            throw new RefusedException("CM3_WORLD_SIZE is " + count + ", so CM3_RENDEZVOUS is needed");
        return new JobEnvironment(
                new WorkerShare(rank, count), rendezvous, said(variables, "CM3_KAFKA"), Map.copyOf(variables));
    }

    private static URI place(String text) {
        URI place = URI.create("tcp://" + text);
        if (place.getHost() == null || place.getPort() < 1 || place.getPort() > 65_535)
            throw new RefusedException("need CM3_RENDEZVOUS like host:29500, got " + text);
        return place;
    }

    /// What else the broker's clients are told, e.g. `CM3_KAFKA_PROPERTIES_SECURITY_PROTOCOL=SSL`.
    Map<String, String> kafkaProperties() {
        Map<String, String> properties = new HashMap<>();
        variables.forEach((name, value) -> {
            if (!name.startsWith(KAFKA_PROPERTIES)) return;
            String property = name.substring(KAFKA_PROPERTIES.length());
            properties.put(property.toLowerCase(Locale.ROOT).replace('_', '.'), value);
        });
        return properties;
    }

    private static Optional<String> said(Map<String, String> variables, String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    private static int integer(Map<String, String> variables, String name, int otherwise, int most) {
        Optional<String> value = said(variables, name);
        if (value.isEmpty()) return otherwise;
        try {
            int number = Integer.parseInt(value.get());
            if (number >= 0 && number <= most) return number;
        } catch (NumberFormatException e) {
            // said below
        }
        throw new RefusedException("need 0 <= " + name + " <= " + most + ", got " + value.get());
    }

    Workers meet() {
        return meet(PATIENCE);
    }

    /// Meets the others.
    ///
    /// @throws LostWorkerException when they do not all come
    Workers meet(Duration patience) {
        if (share.count() == 1) return Workers.ALONE;
        URI place = rendezvous.orElseThrow();
        return new ProcessGroup(share, place.getHost(), place.getPort(), patience, SILENCE);
    }

    /// The object store, if there is one.
    Optional<ObjectStore> store() {
        return said(variables, "CM3_S3_ENDPOINT")
                .map(endpoint -> new MinioObjectStore(
                        URI.create(endpoint),
                        needed("CM3_S3_ACCESS_KEY"),
                        needed("CM3_S3_SECRET_KEY"),
                        said(variables, "CM3_S3_BUCKET").orElse("cm3"), // as the platform has it
                        said(variables, "CM3_S3_REGION").orElse("us-east-1")));
    }

    private String needed(String name) {
        return said(variables, name)
                .orElseThrow(() -> new RefusedException(name + " is needed where CM3_S3_ENDPOINT is given"));
    }
}
