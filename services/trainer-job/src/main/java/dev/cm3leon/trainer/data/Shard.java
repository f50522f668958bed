package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/// A file of token streams that are read in any order: little-endian, `CM3S`, how many there are, the length of each,
/// then of each its ids (4 bytes) and cells (2 bytes, -1 for none). Files are mapped, not read.
public final class Shard {
    private static final int MAGIC = 0x53334d43; // "CM3S"
    private static final int TOKEN = TrainingConfiguration.Shards.TOKEN;

    private final ByteBuffer file;
    private final int[] starts; // of each stream in tokens, and the end

    private Shard(ByteBuffer file, int[] starts) {
        this.file = file;
        this.starts = starts;
    }

    /// Replaces a file, all or nothing.
    public static void write(Path file, List<TokenStream> streams) {
        int tokens = streams.stream().mapToInt(TokenStream::length).reduce(0, Math::addExact);
        var bytes = ByteBuffer.allocate(Math.addExact(8 + 4 * streams.size(), Math.multiplyExact(TOKEN, tokens)))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putInt(streams.size());
        for (TokenStream stream : streams) bytes.putInt(stream.length());
        for (TokenStream stream : streams) {
            for (int id : stream.ids()) bytes.putInt(id);
            for (int cell : stream.cells()) bytes.putShort((short) cell);
        }
        Run.write(file, bytes.array());
    }

    /// @throws IllegalArgumentException naming the file that is none
    public static Shard open(Path path) {
        ByteBuffer file;
        try (var channel = FileChannel.open(path)) {
            file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (file.capacity() < 8 || file.getInt(0) != MAGIC)
            throw new IllegalArgumentException(path.getFileName() + " is no shard");
        int count = file.getInt(4);
        if (count < 0 || 8L + 4L * count > file.capacity())
            throw new IllegalArgumentException(path.getFileName() + " cannot have " + count + " streams");
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++) starts[i + 1] = Math.addExact(starts[i], file.getInt(8 + 4 * i));
        if (8L + 4L * count + (long) TOKEN * starts[count] != file.capacity())
            throw new IllegalArgumentException("%s has %d bytes, its %d tokens need %d"
                    .formatted(
                            path.getFileName(),
                            file.capacity(),
                            starts[count],
                            8 + 4L * count + (long) TOKEN * starts[count]));
        return new Shard(file, starts);
    }

    public int size() {
        return starts.length - 1;
    }

    public TokenStream get(int index) {
        int length = starts[index + 1] - starts[index];
        int at = 8 + 4 * size() + TOKEN * starts[index];
        int[] ids = new int[length], cells = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = file.getInt(at + 4 * i);
            cells[i] = file.getShort(at + 4 * length + 2 * i);
        }
        return new TokenStream(ids, cells);
    }
}
