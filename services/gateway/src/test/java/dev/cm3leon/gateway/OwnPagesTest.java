package dev.cm3leon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class OwnPagesTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            127.0.0.1, localhost:8080,   -,                      -
            127.0.0.1, 127.0.0.1:8080,   http://127.0.0.1:8080,  -
            127.0.0.1, [::1]:8080,       http://[::1]:8080,      -
            127.0.0.1, localhost,        https://far.example,    far.example
            0.0.0.0,   cm3.example,      -,                      -
            0.0.0.0,   cm3.example,      https://cm3.example,    -
            0.0.0.0,   gateway:8080,     https://cm3.example,    cm3.example
            """)
    void letsInWhoIsNoPageOfAnother(
            String address, String host, @Nullable String origin, @Nullable String forwardedHost) throws Exception {
        assertThat(isLetIn(address, host, origin, forwardedHost)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            127.0.0.1, localhost:8080,      http://localhost:3000
            127.0.0.1, localhost:8080,      https://evil.example
            127.0.0.1, localhost:8080,      null
            127.0.0.1, evil.example:8080,   http://evil.example:8080
            127.0.0.1, evil.example:8080,   -
            127.0.0.1, 127.0.0.1.evil.example, -
            0.0.0.0,   cm3.example,         https://evil.example
            """)
    void keepsOutThePagesOfOthers(String address, String host, @Nullable String origin) {
        assertThatThrownBy(() -> isLetIn(address, host, origin, null))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(403));
    }

    private static boolean isLetIn(String address, String host, @Nullable String origin, @Nullable String forwardedHost)
            throws Exception {
        var request = new MockHttpServletRequest("POST", "/v1/generations");
        request.addHeader("Host", host);
        if (origin != null) request.addHeader("Origin", origin);
        if (forwardedHost != null) request.addHeader("X-Forwarded-Host", forwardedHost);
        return new OwnPages(InetAddress.getByName(address))
                .preHandle(request, new MockHttpServletResponse(), new Object());
    }
}
