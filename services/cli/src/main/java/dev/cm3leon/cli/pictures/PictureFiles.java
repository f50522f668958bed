package dev.cm3leon.cli.pictures;

import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where drawn pictures are kept.
///
/// @param out what `--out` names, to be replaced; null for `cm3-SEED.png`, or where that is there its next number
/// @param folder of the latter
public record PictureFiles(@Nullable Path out, Path folder) {

    /// Before anything is drawn: a picture that cannot be kept is not worth waiting for.
    public void check() {
        if (out != null && !out.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw Failure.usage("need --out with a name that ends in .png, got " + out);
        }
        Path place = (out == null ? folder : out.resolveSibling("")).toAbsolutePath();
        if (!Files.isDirectory(place)) throw Failure.usage("no such folder: " + place);
        if (!Files.isWritable(place)) throw Failure.usage("cannot write to " + place);
    }

    /// Several are numbered from 1.
    ///
    /// @return the files
    public List<Path> write(List<byte[]> pngs, String seed) throws IOException {
        Path plain = out == null ? folder.resolve("cm3-" + seed + ".png") : out;
        List<Path> files = new ArrayList<>();
        for (byte[] png : pngs) {
            int number = files.size() + 1;
            Path file = pngs.size() == 1 ? plain : numbered(plain, number);
            files.add(out == null ? writeNew(png, file, plain, number + 1) : Files.write(file, png));
        }
        return files;
    }

    private static Path writeNew(byte[] png, Path file, Path plain, int next) throws IOException {
        try {
            return Files.write(file, png, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            return writeNew(png, numbered(plain, next), plain, next + 1);
        }
    }

    private static Path numbered(Path file, int number) {
        String name = file.getFileName().toString();
        return file.resolveSibling(name.substring(0, name.length() - 4) + "-" + number + ".png");
    }
}
