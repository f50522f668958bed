package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// A real Kubernetes control plane on 127.0.0.1 without containers: etcd, API server, controllers and scheduler as
/// processes, with certificates of its own. It has no node; who tests with it brings one.
public final class ControlPlane {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final char[] PASSWORD = "changeit".toCharArray(); // of a file that is as private as the keys in it
    private static final List<String> CLIENTS = List.of("admin", "controller-manager", "scheduler");

    private final Path folder;
    private final Servers servers;
    private final Processes processes;
    private final Map<String, Integer> ports;

    /// @param folder of its state, made anew
    public ControlPlane(Path folder, Servers servers, Processes processes) {
        this.folder = folder;
        this.servers = servers;
        this.processes = processes;
        this.ports = FreePorts.of(List.of("etcd", "etcd-peer", "kube-apiserver", "controller-manager", "scheduler"));
    }

    public Path kubeconfig() {
        return folder.resolve("admin.kubeconfig");
    }

    /// @throws Failure where it does not come up
    public void up(Terminal terminal) {
        try {
            Files.createDirectories(folder);
            makeCertificates();
        } catch (IOException | GeneralSecurityException e) {
            throw new Failure(Failure.OTHER, "cannot make the certificates of the control plane: " + e.getMessage());
        }
        processes.up(List.of(etcd(), apiServer()), PATIENCE, terminal);
        awaitAnswer(terminal, "get", "--raw", "/readyz");
        processes.up(List.of(controllers(), scheduler()), PATIENCE, terminal);
        awaitAnswer(terminal, "get", "serviceaccount", "default", "-n", "default");
    }

    private int port(String name) {
        return ports.getOrDefault(name, 0);
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private Part part(String component, String port, String... flags) {
        List<String> command = new ArrayList<>(
                List.of(servers.program(Server.KUBE_CONTROL_PLANE).toString(), component));
        command.addAll(List.of(flags));
        return new Part(component, command, Map.of(), port(port), Health.PORT);
    }

    private Part etcd() {
        String clients = "http://127.0.0.1:" + port("etcd"), peers = "http://127.0.0.1:" + port("etcd-peer");
        return part(
                "etcd",
                "etcd",
                "--name=test",
                "--data-dir=" + file("etcd"),
                "--listen-client-urls=" + clients,
                "--advertise-client-urls=" + clients,
                "--listen-peer-urls=" + peers,
                "--initial-advertise-peer-urls=" + peers,
                "--initial-cluster=test=" + peers,
                "--unsafe-no-fsync",
                "--log-level=warn");
    }

    private Part apiServer() {
        return part(
                "kube-apiserver",
                "kube-apiserver",
                "--etcd-servers=http://127.0.0.1:" + port("etcd"),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--secure-port=" + port("kube-apiserver"),
                "--tls-cert-file=" + file("apiserver.crt"),
                "--tls-private-key-file=" + file("apiserver.key"),
                "--client-ca-file=" + file("ca.crt"),
                "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + file("service-accounts.crt"),
                "--service-account-signing-key-file=" + file("service-accounts.key"),
                "--service-cluster-ip-range=10.0.0.0/24",
                "--endpoint-reconciler-type=none",
                "--enable-priority-and-fairness=false");
    }

    private Part controllers() {
        String kubeconfig = file("controller-manager.kubeconfig");
        return part(
                "kube-controller-manager",
                "controller-manager",
                "--kubeconfig=" + kubeconfig,
                "--authentication-kubeconfig=" + kubeconfig,
                "--authorization-kubeconfig=" + kubeconfig,
                "--service-account-private-key-file=" + file("service-accounts.key"),
                "--root-ca-file=" + file("ca.crt"),
                "--use-service-account-credentials=true",
                "--bind-address=127.0.0.1",
                "--secure-port=" + port("controller-manager"),
                "--leader-elect=false",
                "--controllers=*,-nodeipam,-node-route-controller,-cloud-node-lifecycle-controller");
    }

    private Part scheduler() {
        String kubeconfig = file("scheduler.kubeconfig");
        return part(
                "kube-scheduler",
                "scheduler",
                "--kubeconfig=" + kubeconfig,
                "--authentication-kubeconfig=" + kubeconfig,
                "--authorization-kubeconfig=" + kubeconfig,
                "--bind-address=127.0.0.1",
                "--secure-port=" + port("scheduler"),
                "--leader-elect=false");
    }

    private void awaitAnswer(Terminal terminal, String... question) {
        List<String> command =
                new ArrayList<>(List.of(servers.program(Server.KUBECTL).toString(), "--kubeconfig=" + kubeconfig()));
        command.addAll(List.of(question));
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String said;
            try {
                Process kubectl =
                        new ProcessBuilder(command).redirectErrorStream(true).start();
                said = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                if (kubectl.waitFor() == 0) break;
            } catch (IOException e) {
                throw new Failure(Failure.OTHER, "cannot start kubectl: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(Failure.OTHER, "interrupted");
            }
            if (System.nanoTime() > end) {
                throw new Failure(
                        Failure.NOT_REACHABLE,
                        "the control plane is not ready after %d s: %s".formatted(PATIENCE.toSeconds(), said));
            }
            terminal.progress("Starting Kubernetes", "");
            Gateway.pause(300);
        }
        terminal.settle();
    }

    /// An authority, the API server's certificate, one for each client, and the key that signs service
    /// accounts' tokens.
    private void makeCertificates() throws IOException, GeneralSecurityException {
        Path keys = folder.resolve("keys.p12");
        Files.deleteIfExists(keys);
        keytool(keys, "ca", "CN=test-ca", "-ext", "bc:c");
        keytool(
                keys,
                "apiserver",
                "CN=kube-apiserver",
                "-signer",
                "ca",
                "-ext",
                "san=ip:127.0.0.1,ip:10.0.0.1,dns:localhost,dns:kubernetes.default.svc");
        keytool(keys, "service-accounts", "CN=service-accounts");
        keytool(keys, "admin", "CN=admin,O=system:masters", "-signer", "ca", "-ext", "eku=clientAuth");
        for (String name : List.of("controller-manager", "scheduler")) {
            keytool(keys, name, "CN=system:kube-" + name, "-signer", "ca", "-ext", "eku=clientAuth");
        }
        KeyStore store = KeyStore.getInstance(keys.toFile(), PASSWORD);
        for (String name : List.of("ca", "apiserver", "service-accounts")) {
            Files.writeString(folder.resolve(name + ".crt"), certificate(store, name));
            Files.writeString(folder.resolve(name + ".key"), key(store, name));
        }
        for (String client : CLIENTS)
            Files.writeString(folder.resolve(client + ".kubeconfig"), kubeconfig(store, client));
    }

    private static void keytool(Path keys, String alias, String name, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                name,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-validity",
                "3650",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                new String(PASSWORD)));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (keytool.waitFor() != 0) throw new IOException("keytool: " + said.strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String certificate(KeyStore store, String alias) throws GeneralSecurityException {
        return pem("CERTIFICATE", store.getCertificate(alias).getEncoded());
    }

    private static String key(KeyStore store, String alias) throws GeneralSecurityException {
        return pem("PRIVATE KEY", store.getKey(alias, PASSWORD).getEncoded());
    }

    private static String pem(String kind, byte[] der) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, lines, kind);
    }

    private String kubeconfig(KeyStore store, String client) throws GeneralSecurityException {
        return """
                apiVersion: v1
                kind: Config
                clusters:
                  - name: test
                    cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}
                users:
                  - name: %s
                    user: {client-certificate-data: %s, client-key-data: %s}
                contexts:
                  - name: test
                    context: {cluster: test, user: %s}
                current-context: test
                """.formatted(
                        port("kube-apiserver"),
                        base64(certificate(store, "ca")),
                        client,
                        base64(certificate(store, client)),
                        base64(key(store, client)),
                        client);
    }

    private static String base64(String pem) {
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    }
}
