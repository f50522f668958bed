package dev.cm3leon.trainer.run;

import dev.cm3leon.trainer.torch.Checkpoints;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Which code this is.
final class Code {
    private static final String VERSION = find();

    private Code() {}

    /// The version of the trainer, and the first digits of its jar's SHA-256; `classes` where it runs from no jar.
    static String version() {
        return VERSION;
    }

    private static String find() {
        String version = Code.class.getPackage().getImplementationVersion();
        try {
            Path jar = Path.of(Code.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            String digest = Files.isRegularFile(jar) ? Checkpoints.sha256(jar).substring(0, 12) : "classes";
            return version == null ? digest : version + " " + digest;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
