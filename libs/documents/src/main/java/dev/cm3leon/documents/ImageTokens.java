package dev.cm3leon.documents;

/// The names that the authors' data gives to image codes: `I123` is written `IMGIMGBCDZ`, which no BPE splits.
public final class ImageTokens {
    private static final String PREFIX = "IMGIMG";
    private static final String SUFFIX = "Z";

    private ImageTokens() {}

    public static String name(int code) {
        if (code < 0) throw new IllegalArgumentException("need code >= 0, got " + code);
        var name = new StringBuilder(PREFIX);
        for (char digit : Integer.toString(code).toCharArray()) name.append((char) ('A' + digit - '0'));
        return name.append(SUFFIX).toString();
    }

    public static int code(String name) {
        if (!name.matches("IMGIMG(A|[B-J][A-J]{0,6})Z")) {
            throw new IllegalArgumentException("need IMGIMG, letters A to J, Z; got " + name);
        }
        int code = 0;
        for (char letter :
                name.substring(PREFIX.length(), name.length() - SUFFIX.length()).toCharArray()) {
            code = 10 * code + letter - 'A';
        }
        return code;
    }
}
