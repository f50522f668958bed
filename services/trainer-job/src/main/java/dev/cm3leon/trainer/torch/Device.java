package dev.cm3leon.trainer.torch;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;

/// Where tensors live and are computed with: in the processor's memory, or on the first visible NVIDIA GPU.
public enum Device {
    CPU,
    CUDA;

    private static Device training = CPU; // written before any other thread makes tensors

    /// Chooses where this process trains, before its first model is made.
    ///
    /// @param wanted `cpu`, `cuda`, or `auto` for a GPU where this build has CUDA and the machine has a GPU
    /// @throws IllegalArgumentException if there is no such device here, with the reason
    public static void use(String wanted) {
        training = switch (wanted) {
            case "cpu" -> CPU;
            case "auto" -> missing().isEmpty() ? CUDA : CPU;
            case "cuda" -> {
                String missing = missing();
                if (!missing.isEmpty()) throw new IllegalArgumentException("execution.device is cuda, but " + missing);
                yield CUDA;
            }
            default -> throw new IllegalArgumentException("need a device cpu, cuda or auto, got " + wanted);
        };
        if (training == CUDA) {
            torch.globalContext().setAllowTF32CuDNN(false); // floats are floats
            torch.globalContext().setSDPUseCuDNN(false); // it plans anew for each length of a batch
        }
    }

    /// Why there is no GPU to use; empty if there is one.
    private static String missing() {
        String natives = "/org/bytedeco/pytorch/" + Loader.getPlatform() + "-gpu/libtorch_cuda.so";
        if (Device.class.getResource(natives) == null)
            return "this was built without it: build with mvn clean package -Pcuda";
        try {
            Loader.load(torch_cuda.class);
        } catch (LinkageError e) {
            return "a library of CUDA is not found: " + e.getMessage();
        }
        return torch.hasCUDA() ? "" : "no GPU, or no driver for one, is seen";
    }

    /// With how many threads this process computes on its processor: PyTorch's own, and those of OpenBLAS, which
    /// multiplies floats and takes one for each core where nothing is said. With one, sums are the same on
    /// any number of cores.
    public static void useThreads(int count) {
        torch.set_num_threads(count);
        openblas_nolapack.blas_set_num_threads(count);
    }

    /// Where this process trains.
    public static Device training() {
        return training;
    }

    /// Whether bfloat16 is multiplied faster than float here: by GPUs, and by processors with AVX-512. Others have no
    /// kernels for it in PyTorch, and take ten times as long as with float.
    public boolean fastInBfloat16() {
        if (this == CUDA) return true;
        try (BytePointer capability = torch.get_cpu_capability()) {
            return capability.getString().startsWith("AVX512");
        }
    }

    /// The same values here.
    public Tensor place(Tensor tensor) {
        return this == CUDA ? tensor.cuda() : tensor;
    }

    public Tensor tensor(float[] values, long... shape) {
        return place(shape.length == 0 ? Tensor.create(values) : Tensor.create(values, shape));
    }

    public Tensor tensor(long[] values, long... shape) {
        return place(shape.length == 0 ? Tensor.create(values) : Tensor.create(values, shape));
    }

    public Tensor zeros(long count) {
        return place(torch.zeros(count));
    }

    /// Copies the values of a tensor of longs into a part of an array.
    public static void copy(Tensor tensor, long[] into, int from) {
        Tensor here = tensor.contiguous().cpu();
        new LongPointer(here.data_ptr_long()).get(into, from, Math.toIntExact(here.numel()));
    }
}
