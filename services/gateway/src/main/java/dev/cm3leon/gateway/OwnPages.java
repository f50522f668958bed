package dev.cm3leon.gateway;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.InetAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.HandlerInterceptor;

/// Keeps out the pages of others: a browser lets any page send requests to this machine. It says whose page it is
/// (`Origin`), unless that page's name was made to lead here; then it says that name (`Host`).
final class OwnPages implements HandlerInterceptor {

    private static final Pattern THIS_MACHINE = Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?");

    private final boolean onlyThisMachine;

    /// @param address that the gateway listens on; null for all
    OwnPages(@Nullable InetAddress address) {
        this.onlyThisMachine = address != null && address.isLoopbackAddress();
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        String host = header(request, "Host"), origin = request.getHeader("Origin");
        if (onlyThisMachine && !THIS_MACHINE.matcher(host).matches()) {
            throw Refusal.forbidden("the gateway of this machine is not called \"%s\"".formatted(host));
        }
        if (origin == null) return true;
        String page = origin.replaceFirst("^[a-z]+://", "");
        // no page of another can set this header: a browser would ask first, and is not let
        if (page.equals(host) || page.equals(header(request, "X-Forwarded-Host"))) return true;
        throw Refusal.forbidden("a page of %s asks for something of %s".formatted(origin, host));
    }

    private static String header(HttpServletRequest request, String name) {
        String value = request.getHeader(name);
        return value == null ? "" : value;
    }
}
