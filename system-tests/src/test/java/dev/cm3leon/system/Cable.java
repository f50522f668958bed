package dev.cm3leon.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// A port that leads to another one until it is cut: connections break, and new ones are refused.
final class Cable implements AutoCloseable {

    private final Supplier<URI> end;
    private final int port;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile ServerSocket door;

    /// @param end where it leads, asked for by each connection
    Cable(Supplier<URI> end) {
        this.end = end;
        this.door = open(0);
        this.port = door.getLocalPort();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    void cut() {
        shut(door);
        sockets.forEach(Cable::shut);
        sockets.clear();
    }

    void mend() {
        door = open(port);
    }

    @Override
    public void close() {
        cut();
    }

    private ServerSocket open(int at) {
        try {
            ServerSocket opened = new ServerSocket(at, 50, InetAddress.getLoopbackAddress());
            Thread.startVirtualThread(() -> accept(opened));
            return opened;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocket opened) {
        while (true) {
            try {
                Socket from = opened.accept();
                sockets.add(from);
                URI to = end.get();
                Socket there = new Socket(to.getHost(), to.getPort());
                sockets.add(there);
                if (opened.isClosed()) cut(); // meanwhile
                from.setTcpNoDelay(true);
                there.setTcpNoDelay(true);
                Thread.startVirtualThread(() -> pump(from, there));
                Thread.startVirtualThread(() -> pump(there, from));
            } catch (IOException e) {
                if (opened.isClosed()) return;
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // cut, or one side has hung up: both are closed
        }
    }

    private static void shut(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
