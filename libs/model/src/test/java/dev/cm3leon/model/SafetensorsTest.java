package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.Safetensors.DType;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    @TempDir
    Path folder;

    /// 34 files that lie about their lengths, offsets, shapes, names or JSON.
    @ParameterizedTest
    @MethodSource("hostile")
    void refusesAFileThatLies(Path file) {
        assertThatThrownBy(() -> Safetensors.open(file))
                .isExactlyInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(file.getFileName() + ": ");
    }

    @ParameterizedTest
    @MethodSource("sound")
    void takesAFileThatIsSound(Path file) {
        Safetensors tensors = Safetensors.open(file);

        tensors.tensors().forEach((name, tensor) -> {
            if (List.of(DType.F32, DType.F16, DType.BF16).contains(tensor.dtype())) {
                assertThat(tensors.floats(name)).hasSize((int) tensor.elements());
            }
        });
    }

    @Test
    void readsEveryFloatAsItIsStored() throws IOException {
        Safetensors tensors = resource("accept/ok-all-dtypes.safetensors");

        assertThat(tensors.floats("F32")).containsExactly(0.33333334f, Float.MIN_VALUE, -3.4e38f);
        assertThat(tensors.floats("F16")).containsExactly(0.33325195f, 5.9604645e-8f, -65504f);
        assertThat(tensors.floats("BF16")).containsExactly(0.33398438f, 9.18355e-41f, 3.2964855e38f);
        assertThatThrownBy(() -> tensors.floats("I64")).hasMessageContaining("need F32, F16 or BF16 for I64, got I64");
    }

    @Test
    void readsMetadataScalarsAndEmptyTensors() throws IOException {
        assertThat(resource("accept/ok-metadata-and-order.safetensors").metadata())
                .isNotEmpty();
        assertThat(resource("accept/ok-zero-tensors.safetensors").tensors()).isEmpty();
        Safetensors odd = resource("accept/ok-scalar-and-empty.safetensors");
        assertThat(odd.tensors().values()).anyMatch(t -> t.shape().isEmpty() && t.elements() == 1);
        assertThat(odd.tensors().values()).anyMatch(t -> t.elements() == 0);
    }

    @Test
    void whatIsWrittenIsRead() {
        var random = new Random(1);
        float[] values = new float[24];
        for (int i = 0; i < values.length; i++) values[i] = (float) random.nextGaussian();
        Path file = folder.resolve("new/model.safetensors");

        new Safetensors.Writer()
                .metadata("made", "here")
                .add("exact", DType.F32, values, 2, 3, 4)
                .add("half", DType.F16, values, 24)
                .add("brain", DType.BF16, values, 4, 6)
                .write(file);

        Safetensors read = Safetensors.open(file);
        assertThat(read.floats("exact", 2, 3, 4)).containsExactly(values);
        assertThat(read.floats("half")).usingComparatorWithPrecision(2e-3f).containsExactly(values);
        assertThat(read.floats("brain")).usingComparatorWithPrecision(2e-2f).containsExactly(values);
        assertThat(read.metadata()).containsEntry("made", "here");
        assertThat(folder.resolve("new")).isDirectoryContaining(path -> path.equals(file));
        assertThat(folder.resolve("new")).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aTensorOfSeveralChunksIsWrittenWhole() {
        float[] values = new float[Safetensors.Writer.CHUNK_BYTES + 3]; // four chunks and a part, or two
        for (int i = 0; i < values.length; i++) values[i] = i;
        var writer = new Safetensors.Writer();

        writer.add("exact", DType.F32, values, values.length).add("brain", DType.BF16, values, values.length);

        Safetensors read = Safetensors.read("x", ByteBuffer.wrap(writer.bytes()));
        assertThat(read.floats("exact")).containsExactly(values);
        float[] brain = read.floats("brain");
        for (int i = 0; i < values.length; i++) assertThat(brain[i]).isCloseTo(i, within(i / 256f));
    }

    /// The file is a hole but for its ends.
    @Test
    void aTensorBehindFourGiBIsReadAndOneOfMoreValuesThanAnArrayHoldsIsRefused() throws IOException {
        Path file = folder.resolve("model.safetensors");
        long large = 4L << 30;
        String header = """
                {"large": {"dtype": "BF16", "shape": [2, 1073741824], "data_offsets": [0, %d]},
                 "small": {"dtype": "F32", "shape": [2], "data_offsets": [%d, %d]}}\
                """.formatted(large, large, large + 8);
        try (var out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var begin = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
            out.write(begin.putLong(header.length())
                    .put(header.getBytes(StandardCharsets.UTF_8))
                    .flip());
            var end = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            out.write(end.putFloat(1.5f).putFloat(-2).flip(), begin.capacity() + large);
        }

        Safetensors read = Safetensors.open(file);

        assertThat(read.floats("small")).containsExactly(1.5f, -2);
        assertThat(Checkpoint.open(folder).floats("small", 2)).containsExactly(1.5f, -2);
        assertThatThrownBy(() -> read.floats("large"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll("large", "2147483639", "got 2147483648");
    }

    @Test
    void bfloat16RoundsToNearestEven() {
        Path file = folder.resolve("rounded.safetensors");
        float[] halfway = {
            Float.intBitsToFloat(0x3f808000),
            Float.intBitsToFloat(0x3f818000),
            Float.intBitsToFloat(0x3f808001),
            Float.NaN
        };

        new Safetensors.Writer().add("x", DType.BF16, halfway, 4).write(file);

        assertThat(Safetensors.open(file).floats("x"))
                .containsExactly(
                        Float.intBitsToFloat(0x3f800000),
                        Float.intBitsToFloat(0x3f820000),
                        Float.intBitsToFloat(0x3f810000),
                        Float.NaN);
    }

    @Test
    void namesBothShapesAndTheMissingTensor() {
        Path file = folder.resolve("m.safetensors");
        new Safetensors.Writer().add("w", DType.F32, new float[6], 2, 3).write(file);
        Safetensors read = Safetensors.open(file);

        assertThatThrownBy(() -> read.floats("w", 3, 2))
                .hasMessageContaining("[3, 2]")
                .hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> read.floats("v")).hasMessageContaining("need a tensor v");
        assertThatThrownBy(() -> new Safetensors.Writer().add("w", DType.F32, new float[5], 2, 3))
                .hasMessage("need 6 values for w of shape [2, 3], got 5");
    }

    static Stream<Path> hostile() throws IOException, URISyntaxException {
        return files("reject");
    }

    static Stream<Path> sound() throws IOException, URISyntaxException {
        return files("accept");
    }

    private static Stream<Path> files(String kind) throws IOException, URISyntaxException {
        Path folder = Path.of(
                SafetensorsTest.class.getResource("/safetensors/" + kind).toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList().stream();
        }
    }

    private static Safetensors resource(String name) throws IOException {
        try (InputStream in = SafetensorsTest.class.getResourceAsStream("/safetensors/" + name)) {
            return Safetensors.read(name, ByteBuffer.wrap(in.readAllBytes()));
        }
    }
}
