package dev.cm3leon.service;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Which model is served.
///
/// @param location a bundle's folder: `classpath:models/demo` or `file:/…`
@ConfigurationProperties("cm3.model")
public record ModelProperties(
        @DefaultValue("classpath:models/demo") String location) {}
