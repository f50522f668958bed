package dev.cm3leon.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Keys that say what is under them: `prefix/ab/cdef….suffix`, from the SHA-256 of the bytes.
public final class ContentKey {

    private static final Pattern CONTENT_KEY = Pattern.compile(".*/([0-9a-f]{2})/([0-9a-f]{62})(\\.[^/]*)?");

    private ContentKey() {}

    public static String of(String prefix, byte[] bytes, String suffix) {
        String digest = sha256(bytes);
        return prefix + "/" + digest.substring(0, 2) + "/" + digest.substring(2) + suffix;
    }

    /// The SHA-256 that a key promises; empty when the key is not content-addressed.
    public static Optional<String> digestOf(String key) {
        Matcher matcher = CONTENT_KEY.matcher(key);
        return matcher.matches() ? Optional.of(matcher.group(1) + matcher.group(2)) : Optional.empty();
    }

    /// Sees that what was read is what was written.
    ///
    /// @param noted the SHA-256 noted when the object was written, or null where none was
    /// @throws IllegalStateException naming the key when it is not: the object is damaged, trying again cannot help
    static void check(String key, @Nullable String noted, String found) {
        String promised = digestOf(key).orElse(noted);
        if (promised == null || promised.equals(found)) return;
        throw new IllegalStateException(
                "object " + key + " is damaged: its SHA-256 is " + found + ", and was " + promised);
    }

    /// The SHA-256 of bytes, in lower-case hex.
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /// The SHA-256 of a file, in lower-case hex.
    public static String sha256(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// To digest what is not there at once.
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
