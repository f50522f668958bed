package dev.cm3leon.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;

/// The keys of the object store: made at random once per data folder, readable by its owner only.
record Credentials(String accessKey, String secretKey) {

    private static final String ACCESS_KEY = "object-store.access-key";
    private static final String SECRET_KEY = "object-store.secret-key";

    /// Reads them from a file, which is written first if it is missing.
    static Credentials of(Path file) {
        try {
            if (!Files.exists(file)) write(file);
            Properties properties = new Properties();
            try (var in = Files.newBufferedReader(file)) {
                properties.load(in);
            }
            return new Credentials(need(properties, ACCESS_KEY, file), need(properties, SECRET_KEY, file));
        } catch (IOException e) {
            throw new UncheckedIOException("could not read or write " + file + ": " + e.getMessage(), e);
        }
    }

    private static void write(Path file) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(unfinished, ACCESS_KEY + "=" + random(10) + "\n" + SECRET_KEY + "=" + random(20) + "\n");
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String random(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private static String need(Properties properties, String name, Path file) {
        String value = properties.getProperty(name);
        if (value == null) throw new IllegalStateException(file + " has no " + name);
        return value;
    }

    @Override
    public String toString() {
        return "Credentials[accessKey=" + accessKey + "]";
    }
}
