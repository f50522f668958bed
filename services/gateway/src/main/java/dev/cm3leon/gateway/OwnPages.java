package dev.cm3leon.gateway;

import dev.cm3leon.gateway.problem.Refusal;
import java.net.InetAddress;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Keeps out the pages of others: a browser lets any page send requests to this machine. It says whose page it is
/// (`Origin`), unless that page's name was made to lead here; then it says that name (`Host`).
final class OwnPages {

    private static final Pattern THIS_MACHINE = Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?");

    private final boolean onlyThisMachine;

    /// @param address that the gateway listens on; null for all
    OwnPages(@Nullable InetAddress address) {
        this.onlyThisMachine = address != null && address.isLoopbackAddress();
    }

    /// @param host the header `Host` of a request
    /// @param origin its header `Origin`
    /// @param forwardedHost its header `X-Forwarded-Host`, which no page of another can set
    /// @throws Refusal 403 when it comes from a page of another
    void check(@Nullable String host, @Nullable String origin, @Nullable String forwardedHost) {
        String called = Objects.requireNonNullElse(host, "");
        if (onlyThisMachine && !THIS_MACHINE.matcher(called).matches()) {
            throw Refusal.forbidden("the gateway of this machine is not called \"%s\"".formatted(called));
        }
        if (origin == null) return;
        String page = origin.replaceFirst("^[a-z]+://", "");
        if (page.equals(called) || page.equals(forwardedHost)) return;
        throw Refusal.forbidden("a page of %s asks for something of %s".formatted(origin, called));
    }
}
