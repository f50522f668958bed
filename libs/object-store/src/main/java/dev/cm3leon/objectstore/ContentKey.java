package dev.cm3leon.objectstore;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Keys that say what is under them: `prefix/ab/cdef….suffix`, from the SHA-256 of the bytes.
public final class ContentKey {

    private ContentKey() {}

    public static String of(String prefix, byte[] bytes, String suffix) {
        String digest = sha256(bytes);
        return prefix + "/" + digest.substring(0, 2) + "/" + digest.substring(2) + suffix;
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
