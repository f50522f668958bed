package dev.cm3leon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.gateway.problem.Refusal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
            String address, String host, @Nullable String origin, @Nullable String forwardedHost) {
        assertThatCode(() -> check(address, host, origin, forwardedHost)).doesNotThrowAnyException();
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
        assertThatThrownBy(() -> check(address, host, origin, null))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(403));
    }

    private static void check(String address, String host, @Nullable String origin, @Nullable String forwardedHost)
            throws UnknownHostException {
        new OwnPages(InetAddress.getByName(address)).check(host, origin, forwardedHost);
    }
}
