package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Ports of 127.0.0.1.
public final class FreePorts {
    private FreePorts() {}

    /// One for each name, all different: each is held until all are found.
    public static Map<String, Integer> of(List<String> names) {
        Map<String, Integer> ports = new TreeMap<>();
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (String name : names) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(socket);
                ports.put(name, socket.getLocalPort());
            }
            for (ServerSocket socket : held) socket.close();
            return ports;
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "no port of 127.0.0.1 is free: " + e.getMessage());
        }
    }

    static boolean has(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
