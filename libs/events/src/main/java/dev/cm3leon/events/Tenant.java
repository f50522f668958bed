package dev.cm3leon.events;

import java.util.List;

/// Whose things are. A gateway shows jobs and training runs of its own tenant, and documents of everybody's too.
public final class Tenant {

    /// The tenant whose documents all see.
    public static final String PUBLIC = "public";

    private Tenant() {}

    /// Whose documents a tenant sees.
    public static List<String> seenBy(String tenant) {
        return tenant.equals(PUBLIC) ? List.of(PUBLIC) : List.of(PUBLIC, tenant);
    }

    /// What an id is derived from: two tenants who have the same, or ask for it, have two.
    public static String own(String tenant, String what) {
        return tenant.equals(PUBLIC) ? what : tenant + "\n" + what;
    }
}
