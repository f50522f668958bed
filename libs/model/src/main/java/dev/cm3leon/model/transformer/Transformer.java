package dev.cm3leon.model.transformer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Weights;
import dev.cm3leon.model.onnx.OnnxTelemetry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The transformer with room for a fixed number of streams, one a row, each with its own cache.
///
/// The law: **what a row gets depends on its own tokens alone**, bit for bit, whatever the other rows hold and
/// whichever row it is. A step therefore always runs with all rows, the idle ones on a token nobody sees, and a
/// prompt always runs alone.
///
/// A step's answer follows one token in each of some rows; `nextCells` tells the model where the token after it
/// will lie (the raster index of its image cell, -1 for none). Not for several threads at once.
public final class Transformer implements AutoCloseable {
    /// An ONNX file has less than 2 GiB; a part of it is not weights.
    private static final long MOST_WEIGHTS = Integer.MAX_VALUE - (1 << 20);

    static {
        OnnxTelemetry.off();
    }

    private final TransformerConfig config;
    private final int rows;
    private final int[] lengths;
    private final boolean[] used;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final List<FloatBuffer> caches =
            new ArrayList<>(); // per layer keys and values: (rows, heads, capacity, head width)
    private final List<Map<String, OnnxTensor>> rowInputs = new ArrayList<>(); // past_* of one row
    private final List<Map<String, OnnxTensor>> rowOutputs =
            new ArrayList<>(); // present_*, the same memory, and logits
    private final Map<String, OnnxTensor> stepInputs = new HashMap<>();
    private final Map<String, OnnxTensor> stepOutputs = new HashMap<>();
    private final List<OnnxTensor> owned = new ArrayList<>();
    private final LongBuffer ids;
    private final LongBuffer positions;
    private final LongBuffer nextRows;
    private final LongBuffer nextColumns;
    private final IntBuffer pastLengths;
    private final FloatBuffer logits;
    private final FloatBuffer promptLogits;

    private Transformer(TransformerConfig config, Safetensors weights, int rows, int threads) throws OrtException {
        this.config = config;
        this.rows = rows;
        this.lengths = new int[rows];
        this.used = new boolean[rows];
        int capacity = config.context() + 1; // an idle row writes behind its tokens, a full one too
        int vocabulary = config.vocabulary().size();

        try (var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(TransformerGraph.build(config, weights, capacity), options);
        }

        try {
            ids = longs("ids");
            positions = longs("positions");
            nextRows = config.rowColumnEmbeddings() ? longs("next_rows") : LongBuffer.allocate(rows);
            nextColumns = config.rowColumnEmbeddings() ? longs("next_columns") : LongBuffer.allocate(rows);
            pastLengths = direct(4 * rows).asIntBuffer();
            stepInputs.put("past_lengths", own(OnnxTensor.createTensor(environment, pastLengths, new long[] {rows})));
            var total = direct(4).asIntBuffer().put(0, capacity);
            stepInputs.put("total_length", own(OnnxTensor.createTensor(environment, total, new long[] {})));
            logits = direct(4 * rows * vocabulary).asFloatBuffer();
            stepOutputs.put("logits", own(OnnxTensor.createTensor(environment, logits, new long[] {rows, vocabulary})));
            promptLogits = direct(4 * vocabulary).asFloatBuffer();
            OnnxTensor promptOutput =
                    own(OnnxTensor.createTensor(environment, promptLogits, new long[] {1, vocabulary}));

            for (int row = 0; row < rows; row++) {
                rowInputs.add(new HashMap<>());
                rowOutputs.add(new HashMap<>(Map.of("logits", promptOutput)));
            }
            for (int layer = 0; layer < config.layers(); layer++) {
                cache("key_" + layer, capacity);
                cache("value_" + layer, capacity);
            }
        } catch (Throwable e) { // also memory that lacks; what is open is native
            close();
            throw e;
        }
    }

    /// @param rows how many streams can be held at once
    /// @param threads of ONNX Runtime
    public static Transformer open(TransformerConfig config, Safetensors weights, int rows, int threads) {
        if (rows < 1) throw new IllegalArgumentException("need rows >= 1, got " + rows);
        if (threads < 1) throw new IllegalArgumentException("need threads >= 1, got " + threads);
        check(config, weights);
        long most =
                Integer.MAX_VALUE / Math.max(config.vocabulary().size(), (config.context() + 1L) * config.width()) / 4;
        if (rows > most) { // a buffer has less than 2 GiB
            throw new IllegalArgumentException(
                    "need cm3.generator.rows <= %d for this model, got %d".formatted(most, rows));
        }
        try {
            return new Transformer(config, weights, rows, threads);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime refuses the transformer", e);
        }
    }

    /// Looks at what the weights take, and at their names and shapes.
    ///
    /// @throws ModelFormatException naming what is missing or not as it should be
    public static void check(TransformerConfig config, Weights weights) {
        long bytes = config.weightBytes();
        if (bytes > MOST_WEIGHTS) {
            throw new ModelFormatException(
                    "need a transformer of at most %d bytes in %s, which ONNX Runtime takes at once, got %d"
                            .formatted(MOST_WEIGHTS, config.precision(), bytes));
        }
        int C = config.width(), places = config.grid().side() + 1;
        weights.check("embed_tokens.weight", config.vocabulary().size(), C);
        weights.check("embed_positions.weight", config.context(), C);
        if (config.rowColumnEmbeddings()) {
            for (String name : List.of("embed_rows.weight", "embed_columns.weight")) weights.check(name, places, C);
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String name = "layers.%d.".formatted(layer);
            for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                weights.check("%sself_attn.%s.weight".formatted(name, projection), C, C);
            }
            weights.check(name + "fc1.weight", config.hidden(), C);
            weights.check(name + "fc2.weight", C, config.hidden());
        }
    }

    public TransformerConfig config() {
        return config;
    }

    public int rows() {
        return rows;
    }

    public int freeRows() {
        int free = 0;
        for (boolean taken : used) if (!taken) free++;
        return free;
    }

    /// Takes a free row and reads a prompt into it.
    ///
    /// @param nextCell of the first token to be generated, -1 for none
    /// @param logitsOut what follows the prompt, one for each id of the vocabulary
    /// @return the row
    /// @throws IllegalStateException when no row is free
    /// @throws ContextOverflowException when the prompt is longer than the context
    public int admit(TokenStream prompt, int nextCell, float[] logitsOut) {
        int T = prompt.length();
        if (T == 0) throw new IllegalArgumentException("need a prompt of one token at least, got none");
        if (T > config.context()) throw new ContextOverflowException(T, 0, config.context());
        int row = freeRow();
        Grid grid = config.grid();
        var tensors = new ArrayList<OnnxTensor>();
        try {
            var inputs = new HashMap<>(rowInputs.get(row));
            inputs.put("ids", keep(tensors, row(prompt.ids())));
            int[] order = new int[T];
            for (int t = 0; t < T; t++) order[t] = t;
            inputs.put("positions", keep(tensors, row(order)));
            if (config.rowColumnEmbeddings()) {
                inputs.put("next_rows", keep(tensors, row(grid.nextRows(prompt, nextCell))));
                inputs.put("next_columns", keep(tensors, row(grid.nextColumns(prompt, nextCell))));
            }
            inputs.put("past_lengths", keep(tensors, OnnxTensor.createTensor(environment, new int[] {T - 1})));
            inputs.put("total_length", keep(tensors, scalar(T)));
            session.run(inputs, Set.of(), rowOutputs.get(row)).close();
        } catch (OrtException e) {
            throw new IllegalStateException("the prompt of %d tokens failed".formatted(T), e);
        } finally {
            tensors.forEach(OnnxTensor::close);
        }
        used[row] = true;
        lengths[row] = T;
        promptLogits.get(0, logitsOut, 0, config.vocabulary().size());
        return row;
    }

    /// Takes a free row that holds the first tokens of `row`: the same as admitting them, without the work.
    ///
    /// @param length how many of them
    public int fork(int row, int length) {
        requireHeld(row, length);
        int copy = freeRow();
        int head = config.headWidth(), capacity = config.context() + 1;
        for (FloatBuffer cache : caches) {
            for (int h = 0; h < config.heads(); h++) {
                int from = (row * config.heads() + h) * capacity * head;
                int to = (copy * config.heads() + h) * capacity * head;
                cache.put(to, cache, from, length * head);
            }
        }
        used[copy] = true;
        lengths[copy] = length;
        return copy;
    }

    /// Forgets all but the first tokens of a row.
    ///
    /// @param length how many of them it keeps
    public void rewind(int row, int length) {
        requireHeld(row, length);
        lengths[row] = length;
    }

    /// Adds one token to each of some rows.
    ///
    /// @param stepped rows, each at most once
    /// @param newIds the token of each
    /// @param nextCells where the token after it will lie, -1 for none
    /// @param logitsOut what follows, for each of them one for each id of the vocabulary
    /// @throws ContextOverflowException when a row is full
    public void step(int[] stepped, int[] newIds, int[] nextCells, float[][] logitsOut) {
        for (int row = 0; row < rows; row++) set(row, 0, -1);
        for (int i = 0; i < stepped.length; i++) {
            int row = taken(stepped[i]);
            if (lengths[row] >= config.context()) throw new ContextOverflowException(lengths[row], 1, config.context());
            set(row, newIds[i], nextCells[i]);
        }
        try {
            session.run(stepInputs, Set.of(), stepOutputs).close();
        } catch (OrtException e) {
            throw new IllegalStateException("a step of %d rows failed".formatted(stepped.length), e);
        }
        int vocabulary = config.vocabulary().size();
        for (int i = 0; i < stepped.length; i++) {
            lengths[stepped[i]]++;
            logits.get(stepped[i] * vocabulary, logitsOut[i], 0, vocabulary);
        }
    }

    /// Frees a row.
    public void release(int row) {
        used[taken(row)] = false;
        lengths[row] = 0;
    }

    @Override
    public void close() {
        owned.forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime did not close the transformer", e);
        }
    }

    private void set(int row, int id, int nextCell) {
        ids.put(row, id);
        positions.put(row, Math.min(lengths[row], config.context() - 1));
        nextRows.put(row, config.grid().row(nextCell));
        nextColumns.put(row, config.grid().column(nextCell));
        pastLengths.put(row, lengths[row]);
    }

    private int freeRow() {
        for (int row = 0; row < rows; row++) if (!used[row]) return row;
        throw new IllegalStateException("need a free row, but all %d are taken".formatted(rows));
    }

    private void requireHeld(int row, int length) {
        if (length < 1 || length > lengths[taken(row)]) {
            throw new IllegalArgumentException(
                    "need 1 <= length <= %d of row %d, got %d".formatted(lengths[row], row, length));
        }
    }

    private int taken(int row) {
        if (row < 0 || row >= rows || !used[row])
            throw new IllegalArgumentException("row %d is not taken".formatted(row));
        return row;
    }

    private void cache(String name, int capacity) throws OrtException {
        int heads = config.heads(), head = config.headWidth(), size = heads * capacity * head;
        FloatBuffer cache = direct(4 * rows * size).asFloatBuffer();
        caches.add(cache);
        OnnxTensor whole =
                own(OnnxTensor.createTensor(environment, cache.duplicate(), new long[] {rows, heads, capacity, head}));
        stepInputs.put("past_" + name, whole);
        stepOutputs.put("present_" + name, whole);
        for (int row = 0; row < rows; row++) {
            OnnxTensor one = own(OnnxTensor.createTensor(
                    environment, cache.slice(row * size, size), new long[] {1, heads, capacity, head}));
            rowInputs.get(row).put("past_" + name, one);
            rowOutputs.get(row).put("present_" + name, one);
        }
    }

    private LongBuffer longs(String name) throws OrtException {
        LongBuffer buffer = direct(8 * rows).asLongBuffer();
        stepInputs.put(name, own(OnnxTensor.createTensor(environment, buffer, new long[] {rows, 1})));
        return buffer;
    }

    private OnnxTensor row(int[] values) throws OrtException {
        LongBuffer buffer = direct(8 * values.length).asLongBuffer();
        for (int i = 0; i < values.length; i++) buffer.put(i, values[i]);
        return OnnxTensor.createTensor(environment, buffer, new long[] {1, values.length});
    }

    private OnnxTensor scalar(int value) throws OrtException {
        return OnnxTensor.createTensor(environment, direct(4).asIntBuffer().put(0, value), new long[] {});
    }

    private OnnxTensor own(OnnxTensor tensor) {
        return keep(owned, tensor);
    }

    private static OnnxTensor keep(List<OnnxTensor> list, OnnxTensor tensor) {
        list.add(tensor);
        return tensor;
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}
