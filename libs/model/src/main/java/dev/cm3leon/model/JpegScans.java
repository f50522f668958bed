package dev.cm3leon.model;

/// How often a JPEG goes over its picture. A progressive one does about ten times; each costs whoever decodes it the
/// time of the whole picture, however few bytes it has.
final class JpegScans {

    private static final int START_OF_SCAN = 0xda;
    private static final int END = 0xd9;

    private JpegScans() {}

    /// Goes from marker to marker as the decoder does, so nothing that it takes for a scan is hidden in what it skips.
    static int count(byte[] file) {
        int scans = 0;
        for (int at = 0; at + 1 < file.length; ) {
            int marker = file[at + 1] & 0xff;
            if (file[at] != (byte) 0xff || marker == 0xff) {
                at++;
                continue;
            }
            at += 2;
            if (marker == START_OF_SCAN) scans++;
            if (marker == END && scans > 0) break; // before that it ends tables alone, which a picture may follow
            if (hasLength(marker)) at += length(file, at);
        }
        return scans;
    }

    /// Not a byte of the picture that looks like a marker, nor what the decoder passes over in the midst of a scan.
    private static boolean hasLength(int marker) {
        return marker >= 0xc0 && (marker < 0xd0 || marker > END);
    }

    private static int length(byte[] file, int at) {
        return at + 1 < file.length ? Math.max(2, (file[at] & 0xff) << 8 | file[at + 1] & 0xff) : 2;
    }
}
