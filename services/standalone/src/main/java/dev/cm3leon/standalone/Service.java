package dev.cm3leon.standalone;

/// A service as the platform starts it: one Spring context of its own.
///
/// @param name also of its configuration, `NAME.yml`
/// @param application its class of beans
/// @param web whether it listens on the platform's port; one service does
public record Service(String name, Class<?> application, boolean web) {}
