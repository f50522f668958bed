package dev.cm3leon.objectstore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/// Another address of a server: what a load balancer in front of it is to browsers.
final class Forwarding implements AutoCloseable {

    private final ServerSocket socket;
    private final URI to;

    Forwarding(URI to) throws IOException {
        this.to = to;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket outside = socket.accept();
                Socket inside = new Socket(to.getHost(), to.getPort());
                Thread.ofVirtual().start(() -> copy(outside, inside));
                Thread.ofVirtual().start(() -> copy(inside, outside));
            }
        } catch (IOException closed) {
            // no more connections
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException closed) {
            // the other side is told by the closing
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
