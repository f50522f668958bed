package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.gateway.Gateway;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// How a process on a port of 127.0.0.1 is asked whether it is well.
enum Health {
    /// A Kafka broker tells which requests it knows.
    KAFKA {
        @Override
        boolean ask(int port) throws IOException {
            try (Socket socket = connect(port)) {
                byte[] client = "cm3".getBytes(StandardCharsets.UTF_8);
                var out = new DataOutputStream(socket.getOutputStream());
                out.writeInt(2 + 2 + 4 + 2 + client.length);
                out.writeShort(18); // ApiVersions
                out.writeShort(0); // of version 0
                out.writeInt(1); // which is answered with this number
                out.writeShort(client.length);
                out.write(client);
                out.flush();
                var in = new DataInputStream(socket.getInputStream());
                in.readInt(); // length
                return in.readInt() == 1 && in.readShort() == 0; // no error
            }
        }
    },
    /// A service is ready: alive, and connected where it says so.
    SERVICE {
        @Override
        boolean ask(int port) {
            return new Gateway(URI.create("http://127.0.0.1:" + port)).answers("/actuator/health/readiness");
        }
    },
    MINIO {
        @Override
        boolean ask(int port) {
            return new Gateway(URI.create("http://127.0.0.1:" + port)).answers("/minio/health/ready");
        }
    },
    TOXIPROXY {
        @Override
        boolean ask(int port) {
            return new Gateway(URI.create("http://127.0.0.1:" + port)).answers("/version");
        }
    },
    /// Something listens. All that can be known of a server without a question for its health.
    PORT {
        @Override
        boolean ask(int port) throws IOException {
            try (Socket socket = connect(port)) {
                return socket.isConnected();
            }
        }
    };

    private static final int PATIENCE_MS = 2000;

    abstract boolean ask(int port) throws IOException;

    boolean isGood(int port) {
        try {
            return ask(port);
        } catch (IOException notYet) {
            return false;
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MS);
        return socket;
    }
}
