package dev.cm3leon.model.onnx;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// ONNX Runtime's published builds for Linux and macOS report to their maker, from 1.29.0 on, unless the environment
/// says no before they start. A command line of some 4 KB overruns the stack of what they report with, which ends the
/// JVM without a word (microsoft/onnxruntime 27379, vespa-engine/vespa 37786).
public final class OnnxTelemetry {
    private static final String OFF = "ORT_DISABLE_TELEMETRY";

    static { // once: setting the environment while others read it is not safe
        if (System.getenv(OFF) == null)
            Linker.nativeLinker().defaultLookup().find("setenv").ifPresent(OnnxTelemetry::set);
    }

    private OnnxTelemetry() {}

    /// To be called before the first use of ONNX Runtime. Does nothing where there is no `setenv` (Windows).
    public static void off() {}

    private static void set(MemorySegment setenv) {
        var signature = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        MethodHandle call = Linker.nativeLinker().downcallHandle(setenv, signature);
        try (Arena arena = Arena.ofConfined()) {
            int failed = (int) call.invokeExact(arena.allocateFrom(OFF), arena.allocateFrom("1"), 1);
            if (failed != 0) throw new IllegalStateException("cannot set " + OFF);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e); // setenv throws nothing
        }
    }
}
