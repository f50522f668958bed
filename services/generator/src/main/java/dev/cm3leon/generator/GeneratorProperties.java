package dev.cm3leon.generator;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How much is decoded at once.
///
/// @param rows streams that are decoded together; a candidate takes two, with and without the prompt
/// @param threads of ONNX Runtime
/// @param inFlight jobs taken from the topic before the first of them is done; 0: half as many again as the rows hold
///     candidates of two streams, so that one waits where rows get free. What is in flight when another instance joins
///     may come to that one too
@ConfigurationProperties("cm3.generator")
record GeneratorProperties(
        @DefaultValue("32") int rows,
        @DefaultValue("2") int threads,
        @DefaultValue("0") int inFlight) {

    GeneratorProperties {
        if (rows < 2) throw new IllegalArgumentException("need cm3.generator.rows >= 2, got " + rows);
        if (threads < 1) throw new IllegalArgumentException("need cm3.generator.threads >= 1, got " + threads);
        if (inFlight < 0) throw new IllegalArgumentException("need cm3.generator.in-flight >= 0, got " + inFlight);
        if (inFlight == 0) inFlight = rows / 2 + rows / 4;
    }
}
