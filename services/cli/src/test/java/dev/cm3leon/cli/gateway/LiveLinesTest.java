package dev.cm3leon.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LiveLinesTest {
    @Test
    void aStreamOnWhichNothingComesIsClosed() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = new Socket(server.getInetAddress(), server.getLocalPort());
                var peer = server.accept();
                var lines = new LiveLines(client.getInputStream(), Duration.ofMillis(500))) {
            peer.getOutputStream().write("alive\n".getBytes());

            assertThat(lines.readLine()).isEqualTo("alive");
            assertThatThrownBy(lines::readLine).isInstanceOf(IOException.class);
        }
    }
}
