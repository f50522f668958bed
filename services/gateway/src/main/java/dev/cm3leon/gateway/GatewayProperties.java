package dev.cm3leon.gateway;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How the gateway deals with people.
///
/// @param tenant whose requests these are, and whose documents they see
/// @param jobs how many finished generations and training runs are remembered
/// @param documents how many documents are remembered
/// @param maxBody the largest request
/// @param maxModelFile the largest file of a model that is published over HTTP; larger ones go into the store directly
/// @param searchWait how long a search may take
/// @param imagesWait how long the OpenAI form waits for its images
/// @param heartbeat of a stream in which nothing happens
/// @param readLog whether state is read from the log; off only in tests without a broker
@ConfigurationProperties("cm3.gateway")
public record GatewayProperties(
        @DefaultValue("public") String tenant,
        @DefaultValue("2000") int jobs,
        @DefaultValue("100000") int documents,
        @DefaultValue("24MB") DataSize maxBody,
        @DefaultValue("512MB") DataSize maxModelFile,
        @DefaultValue("5s") Duration searchWait,
        @DefaultValue("120s") Duration imagesWait,
        @DefaultValue("15s") Duration heartbeat,
        @DefaultValue("true") boolean readLog) {

    public GatewayProperties {
        if (jobs < 1) throw new IllegalArgumentException("need cm3.gateway.jobs >= 1, got " + jobs);
        if (documents < 1) throw new IllegalArgumentException("need cm3.gateway.documents >= 1, got " + documents);
    }
}
