package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Checkpoints;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.transformer.Documents;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Blocks of shards in an order that is new each time through, masked anew each time. Which block comes at which place
/// follows from the seed alone, so a step's place is the whole cursor.
public final class ShardDocuments implements Documents {
    private static final int VALIDATION = 48;
    private static final double ALIKE = 1.3; // the longest of a group to its shortest

    private final Run run;
    private final ShardManifest manifest;
    private final int blocksPerStep;
    private final long seed;
    private final String part; // of the names of randomness
    private final Cm3Masking masking;
    private final int[] shardOf; // by block
    private final int[] firstOf; // block of each shard
    private final Map<Integer, Shard> open = new HashMap<>();
    private int epoch = -1;
    private int[] order = {};

    /// @param training whose documents these are: each sees them in an order and with masks of its own
    /// @param batchTokens of a step
    public ShardDocuments(Run run, ShardManifest manifest, Vocabulary vocabulary, String training, int batchTokens) {
        this.run = run;
        this.manifest = manifest;
        this.part = training.equals("pretrain") ? "" : " " + training;
        this.blocksPerStep = blocksPerStep(manifest, batchTokens);
        this.seed = run.configuration().seed();
        this.masking = run.configuration().objective().masking(vocabulary);
        this.firstOf = new int[manifest.shards().size()];
        int blocks = 0;
        for (int shard = 0; shard < firstOf.length; shard++) {
            firstOf[shard] = blocks;
            blocks += manifest.shards().get(shard).blocks();
        }
        if (blocks == 0) throw new RefusedException("the shards of " + manifest.corpus() + " have no block");
        this.shardOf = new int[blocks];
        for (int shard = 0; shard < firstOf.length; shard++)
            Arrays.fill(
                    shardOf,
                    firstOf[shard],
                    firstOf[shard] + manifest.shards().get(shard).blocks(),
                    shard);
    }

    @Override
    public synchronized List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
        List<TokenStream> streams = new ArrayList<>();
        for (int i = share.index(); i < blocksPerStep; i += share.count()) {
            long place = step * blocksPerStep + i;
            TokenStream block = block(block(place));
            RandomGenerator mask = Ops.random(seed, "mask" + part, place);
            streams.add(masked(block, mask));
        }
        return grouped(streams);
    }

    /// As many as a step's tokens hold, documents that are kept whole by their mean length.
    private static int blocksPerStep(ShardManifest manifest, int batchTokens) {
        double length = manifest.context();
        if (manifest.whole())
            length = manifest.shards().stream()
                            .mapToDouble(ShardManifest.Entry::tokens)
                            .sum()
                    / manifest.shards().stream()
                            .mapToInt(ShardManifest.Entry::blocks)
                            .sum();
        return Math.max(1, (int) (batchTokens / length));
    }

    /// Those of about one length together, so that little is padded; blocks that were cut all have one.
    private static List<List<TokenStream>> grouped(List<TokenStream> streams) {
        List<List<TokenStream>> groups = new ArrayList<>();
        for (TokenStream stream : streams.stream()
                .sorted(Comparator.comparingInt(TokenStream::length))
                .toList()) {
            if (groups.isEmpty()
                    || stream.length() > ALIKE * groups.getLast().getFirst().length()) groups.add(new ArrayList<>());
            groups.getLast().add(stream);
        }
        return groups;
    }

    private TokenStream masked(TokenStream block, RandomGenerator random) {
        if (!manifest.whole()) return masking.mask(block, random);
        boolean asks = block.ids()[block.length() - 1] == masking.vocabulary().eoss();
        return asks ? block : masking.maskWhole(block, manifest.context() + 1, random);
    }

    private int block(long place) {
        int wanted = (int) (place / shardOf.length);
        if (wanted != epoch) {
            order = new int[shardOf.length];
            RandomGenerator random = Ops.random(seed, "epoch" + part, wanted);
            for (int i = 0; i < order.length; i++) {
                int j = random.nextInt(i + 1);
                order[i] = order[j];
                order[j] = i;
            }
            epoch = wanted;
        }
        return order[(int) (place % shardOf.length)];
    }

    private TokenStream block(int block) {
        int shard = shardOf[block];
        Shard file = open.computeIfAbsent(shard, this::open);
        return file.get((block - firstOf[shard]) % file.size());
    }

    /// A shard that is damaged, here and in the object store, is named, and the nearest one before it that is not, and
    /// has blocks, is read in its place.
    private Shard open(int shard) {
        try {
            return whole(shard);
        } catch (IllegalArgumentException | UncheckedIOException e) {
            String damaged = "shard " + manifest.shards().get(shard).file() + " is damaged";
            for (int back = 1; back < firstOf.length; back++) {
                int before = Math.floorMod(shard - back, firstOf.length);
                if (manifest.shards().get(before).blocks() == 0) continue;
                try {
                    Shard other = whole(before);
                    run.warn("%s, reading %s in its place: %s"
                            .formatted(damaged, manifest.shards().get(before).file(), e.getMessage()));
                    return other;
                } catch (IllegalArgumentException | UncheckedIOException _) {
                    // perhaps the one before it is not
                }
            }
            throw new IllegalStateException(damaged + ": " + e.getMessage(), e);
        }
    }

    /// @throws IllegalArgumentException where it is damaged, here and in the object store
    private Shard whole(int shard) {
        ShardManifest.Entry entry = manifest.shards().get(shard);
        Path file = run.stage("prepare").resolve(entry.file());
        try {
            return whole(file, entry);
        } catch (IllegalArgumentException | UncheckedIOException e) {
            if (!fetched("prepare/" + entry.file(), file)) throw e;
            return whole(file, entry);
        }
    }

    private static Shard whole(Path file, ShardManifest.Entry entry) {
        String found = Checkpoints.sha256(file);
        if (!found.equals(entry.sha256()))
            throw new IllegalArgumentException("its SHA-256 is " + found + ", not " + entry.sha256());
        return Shard.open(file);
    }

    private boolean fetched(String path, Path file) {
        try {
            return run.mirror().get(path, file);
        } catch (IllegalArgumentException e) { // damaged there too
            return false;
        }
    }

    /// The index of sample `i` when so many are taken evenly from all.
    public static int place(int i, int wanted, int all) {
        return (int) ((long) i * all / wanted);
    }

    @Override
    public Map<String, List<TokenStream>> validation() {
        int all = manifest.shards().stream()
                .mapToInt(ShardManifest.Entry::validation)
                .sum();
        int wanted = Math.min(VALIDATION, all), first = 0; // spread over the corpus, which is often sorted
        List<TokenStream> held = new ArrayList<>();
        for (ShardManifest.Entry entry : manifest.shards()) {
            int end = first + entry.validation();
            if (held.size() < wanted && place(held.size(), wanted, all) < end) {
                Shard shard = Shard.open(run.stage("prepare").resolve(ShardManifest.validation(entry.file())));
                while (held.size() < wanted && place(held.size(), wanted, all) < end)
                    held.add(shard.get(place(held.size(), wanted, all) - first));
            }
            first = end;
        }
        return held.isEmpty() ? Map.of() : Map.of("corpus", held);
    }
}
