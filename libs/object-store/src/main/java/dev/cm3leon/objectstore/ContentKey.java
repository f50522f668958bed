package dev.cm3leon.objectstore;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    /// Gives the bytes back if they are what the key promises.
    ///
    /// @throws IllegalStateException naming the key when they are not: the object is damaged, trying again cannot help
    static byte[] checked(String key, byte[] bytes) {
        String found = sha256(bytes);
        digestOf(key).filter(promised -> !promised.equals(found)).ifPresent(promised -> {
            throw new IllegalStateException("object " + key + " is damaged: its SHA-256 is " + found);
        });
        return bytes;
    }

    /// The SHA-256 of bytes, in lower-case hex.
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
