package dev.cm3leon.trainer.torch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch_gloo;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/// Workers in processes of their own, on torch's c10d: a TCPStore at the first one's address, where they meet, and
/// Gloo between them; NCCL adds tensors on GPUs, one for each worker, who meet for it at the next port. A worker
/// that dies breaks its connections, which fails whatever the others do next.
public final class ProcessGroup implements Workers {
    private static final long BUCKET = 4L << 20; // values: 16 MB of floats

    private final WorkerShare share;
    private final TCPStore store;
    private final ProcessGroupGloo gloo; // for numbers
    private final Backend tensors; // the same, or NCCL where tensors are on GPUs

    /// Meets the others, which may take as long as `patience`.
    ///
    /// @param host of the first worker, as all workers reach it
    /// @param silence how long one of them may let the others wait, e.g. while it validates
    public ProcessGroup(WorkerShare share, String host, int port, Duration patience, Duration silence) {
        this.share = share;
        Loader.load(torch_gloo.class);
        try {
            this.store = store(host, port, patience);
            var device = isLoopback(host)
                    ? ProcessGroupGloo.createDeviceForHostname("127.0.0.1")
                    : ProcessGroupGloo.createDefaultDevice();
            var settings = ProcessGroupGloo.Options.create(new Milliseconds(silence.toMillis()))
                    .devices(new GlooDeviceVector(device))
                    .threads(2);
            this.gloo = new ProcessGroupGloo(store, share.index(), share.count(), settings);
            this.tensors = Device.training() == Device.CUDA ? nccl(store(host, port + 1, patience)) : gloo;
            tensors.setTimeout(new Milliseconds(silence.toMillis()));
            store.setTimeout(new Milliseconds(Duration.ofDays(30).toMillis()));
        } catch (RuntimeException e) {
            throw lost("meet at " + host + ":" + port, e);
        }
    }

    private TCPStore store(String host, int port, Duration patience) {
        return new TCPStore(
                host,
                new TCPStoreOptions()
                        .port((short) port) // unsigned
                        .isServer(share.index() == 0)
                        .numWorkers(new SizeTPointer(1).put(share.count()))
                        .waitWorkers(true)
                        .timeout(new Milliseconds(patience.toMillis())));
    }

    /// @param store of its own: Gloo's keys are NCCL's too
    private Backend nccl(TCPStore store) {
        Loader.load(torch_nccl.class);
        return new ProcessGroupNCCL(store, share.index(), share.count());
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    @Override
    public WorkerShare share() {
        return share;
    }

    @Override
    public void sum(Tensor tensor) {
        together("add gradients", () -> {
            List<Work> works = new ArrayList<>();
            for (long start = 0; start < tensor.numel(); start += BUCKET)
                works.add(tensors.allreduce(
                        new TensorVector(tensor.view(-1).narrow(0, start, Math.min(BUCKET, tensor.numel() - start)))));
            works.forEach(Work::_wait);
            return works;
        });
    }

    @Override
    public double[] sum(double... values) {
        return together("add numbers", () -> {
            Tensor tensor = Tensor.create(values);
            gloo.allreduce(new TensorVector(tensor))._wait();
            double[] sums = new double[values.length];
            new DoublePointer(tensor.data_ptr_double()).get(sums);
            return sums;
        });
    }

    @Override
    public void copy(Tensor tensor, int from) {
        together("share values", () -> {
            var options = new BroadcastOptions();
            options.rootRank(from);
            List<Work> works = new ArrayList<>();
            for (long start = 0; start < tensor.numel(); start += BUCKET)
                works.add(tensors.broadcast(
                        new TensorVector(tensor.view(-1).narrow(0, start, Math.min(BUCKET, tensor.numel() - start))),
                        options));
            works.forEach(Work::_wait);
            return works;
        });
    }

    @Override
    public void tell(String mark, String what) {
        together("tell " + mark, () -> {
            store.set(mark, what);
            return what;
        });
    }

    @Override
    public String await(String mark) {
        return together("wait for " + mark, () -> store.get_to_str(mark));
    }

    private <T> T together(String what, Supplier<T> action) {
        try (var scope = new PointerScope()) {
            return action.get();
        } catch (RuntimeException e) { // what C++ throws has no type here
            throw lost(what, e);
        }
    }

    private LostWorkerException lost(String what, RuntimeException cause) {
        return new LostWorkerException(
                "worker %d of %d cannot %s with the others: %s"
                        .formatted(
                                share.index(),
                                share.count(),
                                what,
                                String.valueOf(cause.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse("")),
                cause);
    }

    /// Leaves when all are done, so that nobody's last word is lost. Whoever leaves early, for a failure, has so
    /// agreed to nothing that the others ask for.
    @Override
    public void close() {
        sum(0.0);
    }
}
