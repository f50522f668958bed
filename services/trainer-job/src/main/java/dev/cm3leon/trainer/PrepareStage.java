package dev.cm3leon.trainer;

import dev.cm3leon.corpora.Asking;
import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.corpora.Preparation;
import dev.cm3leon.corpora.WholeFile;
import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Packing;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.clip.ClipConfig;
import dev.cm3leon.model.clip.SmallClip;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.CorpusTwins;
import dev.cm3leon.trainer.data.HeldOutPictures;
import dev.cm3leon.trainer.data.Neighbours;
import dev.cm3leon.trainer.data.Neighbours.Encoded;
import dev.cm3leon.trainer.data.Parts;
import dev.cm3leon.trainer.data.Shard;
import dev.cm3leon.trainer.data.ShardDocuments;
import dev.cm3leon.trainer.data.ShardManifest;
import dev.cm3leon.trainer.data.Words;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Checkpoints;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.vq.VqModel;
import dev.cm3leon.vectorindex.Bank;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/// Turns a corpus of captioned pictures into shards of token streams with their [Neighbours] in front.
///
/// The corpus is cut into parts of so many documents, each of which becomes one shard. Workers take turns with
/// the parts, so any number of them makes the same shards; a part that is there is not made again. First all
/// parts are encoded, then, when every vector is known, each gets its neighbours.
final class PrepareStage {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ENCODED = "encoded-asking-"; // before, `encoded-` without what is asked

    private final Run run;
    private final TrainingConfiguration.Shards settings;
    private final BytePairEncoding encoding;
    private final VqModel vq;
    private final SmallClip clip;
    private final DocumentLayout layout;
    private final Path folder;

    private PrepareStage(Run run, SmallClip clip) {
        this.run = run;
        this.settings = run.configuration().shards();
        this.encoding = BpeStage.finished(run);
        this.vq = VqStage.codes(run);
        this.clip = clip;
        this.layout = run.configuration().layout(encoding.size());
        this.folder = run.stage("prepare");
    }

    static boolean run(Run run) {
        if (run.configuration().shards().corpus().isEmpty()) return true;
        Path manifest = run.stage("prepare").resolve(ShardManifest.NAME);
        if (run.seeing(manifest) == run.workers().share().count()) return true;
        TrainingConfiguration configuration = run.configuration();
        ClipConfig sizes = configuration.clip().sizes(configuration.vq().imageSize());
        Path weights = run.weights("clip");
        try (SmallClip clip = SmallClip.open(sizes, Safetensors.open(weights))) {
            return new PrepareStage(run, clip).run();
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    private boolean run() throws IOException {
        run.mirror().list("prepare").forEach(run::bring); // what is damaged is made again
        var skipped = new TreeMap<String, Long>();
        if (!encode(skipped)) return false;
        bring(ENCODED);
        List<List<Encoded>> parts = new ArrayList<>();
        for (int part = 0; Files.exists(encoded(part)); part++) parts.add(read(encoded(part), skipped));
        if (!neighbours(parts)) return false;
        if (run.workers().first()) {
            bring("");
            writeWords(parts);
            writeManifest(parts, skipped);
        }
        return true;
    }

    /// What other workers wrote, where the folder is not theirs too. None of it may be damaged.
    private void bring(String prefix) {
        for (String path : run.mirror().list("prepare")) {
            Path file = folder.resolve(path.substring("prepare/".length()));
            if (file.getFileName().toString().startsWith(prefix) && !Files.exists(file))
                run.mirror().get(path, file);
        }
    }

    private Path encoded(int part) {
        return folder.resolve(ENCODED + "%05d.bin".formatted(part));
    }

    /// Encodes this worker's parts; false if any worker was asked to stop.
    private boolean encode(Map<String, Long> skipped) throws IOException {
        try (Corpus corpus = Parts.open(settings.source())) {
            return Parts.read(
                    run,
                    corpus,
                    settings.documents(),
                    skipped,
                    part -> Files.exists(encoded(part)) ? Optional.empty() : Optional.of(new Encoding(encoded(part))));
        }
    }

    /// A part whose documents are encoded as they come.
    private final class Encoding implements Parts.Part {
        private final Path file;
        private final List<Encoded> all = new ArrayList<>();
        private int badCaptions;
        private int badPictures;

        private Encoding(Path file) {
            this.file = file;
        }

        @Override
        public void add(Found.Sample sample) {
            String caption = Preparation.text(sample);
            int[] text = encoding.encode(caption.stripTrailing());
            if (text.length == 0 || text.length > run.configuration().bpe().longestCaption()) {
                badCaptions++;
                return;
            }
            Optional<RgbImage> picture =
                    Parts.picture(sample, vq.configuration().imageSize());
            if (picture.isEmpty()) {
                badPictures++;
                return;
            }
            Asking asking = Asking.of(sample.content());
            all.add(new Encoded(
                    caption,
                    text,
                    asking.front(),
                    asking.answer(),
                    vq.codes(picture.get().rgb()),
                    clip.encode(caption),
                    clip.encode(picture.get())));
        }

        @Override
        public void write() throws IOException {
            Path unfinished = folder.resolve(file.getFileName() + ".part");
            Files.createDirectories(folder);
            try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished)))) {
                out.writeInt(badCaptions);
                out.writeInt(badPictures);
                out.writeInt(all.size());
                for (Encoded one : all) {
                    out.writeUTF(one.caption());
                    PrepareStage.write(out, one.text());
                    out.writeUTF(one.front());
                    out.writeUTF(one.answer());
                    PrepareStage.write(out, one.codes());
                    for (float value : one.byText()) out.writeFloat(value);
                    for (float value : one.byImage()) out.writeFloat(value);
                }
            }
            WholeFile.replace(unfinished, file);
            run.mirror().put("prepare/" + file.getFileName(), file);
        }
    }

    private static void write(DataOutputStream out, int[] values) throws IOException {
        out.writeInt(values.length);
        for (int value : values) out.writeInt(value);
    }

    private static int[] readInts(DataInputStream in) throws IOException {
        int[] values = new int[in.readInt()];
        for (int i = 0; i < values.length; i++) values[i] = in.readInt();
        return values;
    }

    private List<Encoded> read(Path file, Map<String, Long> skipped) throws IOException {
        int width = run.configuration().clip().embedding();
        List<Encoded> all = new ArrayList<>();
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            skipped.merge("a caption of no or too many tokens", (long) in.readInt(), Long::sum);
            skipped.merge("a picture that cannot be read", (long) in.readInt(), Long::sum);
            for (int left = in.readInt(); left > 0; left--) {
                String caption = in.readUTF();
                int[] text = readInts(in);
                String front = in.readUTF(), answer = in.readUTF();
                int[] codes = readInts(in);
                float[] byText = new float[width], byImage = new float[width];
                for (int i = 0; i < width; i++) byText[i] = in.readFloat();
                for (int i = 0; i < width; i++) byImage[i] = in.readFloat();
                all.add(new Encoded(caption, text, front, answer, codes, byText, byImage));
            }
        }
        return all;
    }

    /// Writes this worker's shards, with what is found in an index of this worker's own; false if any worker was
    /// asked to stop.
    private boolean neighbours(List<List<Encoded>> parts) throws IOException {
        List<Encoded> bank = parts.stream().flatMap(List::stream).toList();
        BitSet heldOut = heldOut(bank);
        Path place = Files.createTempDirectory("neighbours");
        try (var index = Bank.inFolder(place, "clip")) {
            var neighbours = new Neighbours(index, bank, heldOut, ids -> clip.encode(encoding.decode(ids)), settings);
            return write(parts, bank, heldOut, neighbours);
        } finally {
            try (var files = Files.walk(place)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
            }
        }
    }

    /// Places of the documents for validation: some pictures, each with all of its captions, whatever their order.
    static BitSet heldOut(List<Encoded> bank) {
        int[] marks = bank.stream()
                .mapToInt(document -> HeldOutPictures.mark(document.codes()))
                .toArray();
        var held = HeldOutPictures.among(IntStream.of(marks));
        var places = new BitSet();
        for (int at = 0; at < marks.length; at++) places.set(at, held.has(marks[at]));
        return places;
    }

    private boolean write(List<List<Encoded>> parts, List<Encoded> bank, BitSet held, Neighbours neighbours) {
        int first = 0;
        long leftOut = 0; // of those in front
        for (int part = 0; part < parts.size(); part++) {
            List<Encoded> documents = parts.get(part);
            Path file = folder.resolve("shard-%05d.bin".formatted(part));
            Path facts = folder.resolve("shard-%05d.json".formatted(part));
            if (Parts.mine(run, part) && !Files.exists(facts)) {
                List<TokenStream> training = new ArrayList<>(), validation = new ArrayList<>();
                long found = 0;
                for (int i = 0; i < settings.layouts() * documents.size(); i++) {
                    int layout = i / documents.size(), in = i % documents.size(), at = first + in;
                    boolean heldOut = held.get(at);
                    if (heldOut && layout > 0) continue;
                    RandomGenerator random =
                            Ops.random(run.configuration().seed(), "neighbours", (long) layout * bank.size() + at);
                    boolean asks = !heldOut && settings.captioning() > 0 && random.nextDouble() < settings.captioning();
                    List<Encoded> before = (asks ? neighbours.byPicture(at, random) : neighbours.of(at, random))
                            .stream().map(bank::get).toList();
                    List<Encoded> told = new ArrayList<>(List.of(documents.get(in)));
                    told.addAll(before);
                    if (asks && !told.getFirst().isQuestion() && random.nextDouble() < settings.aliases())
                        told = renamed(told, bank, random);
                    if (settings.whole() || heldOut) told = fitting(told, asks); // else it is cut
                    found += told.size() - 1;
                    if (settings.whole()) leftOut += before.size() - (told.size() - 1);
                    (heldOut ? validation : training).add(lay(told, asks));
                }
                List<TokenStream> blocks =
                        blocks(training, Ops.random(run.configuration().seed(), "order", part));
                Shard.write(file, blocks);
                Shard.write(
                        folder.resolve(
                                ShardManifest.validation(file.getFileName().toString())),
                        validation);
                var entry = new ShardManifest.Entry(
                        file.getFileName().toString(),
                        documents.size(),
                        found,
                        blocks.size(),
                        blocks.stream().mapToLong(TokenStream::length).sum(),
                        Checkpoints.sha256(file),
                        validation.size());
                Run.write(facts, JSON.writeValueAsString(entry));
                for (Path made : List.of(file, folder.resolve(ShardManifest.validation(entry.file())), facts))
                    run.mirror().put("prepare/" + made.getFileName(), made);
            }
            first += documents.size();
            if (!Parts.together(run, part)) return false;
        }
        if (!Parts.together(run)) return false;
        leftOut = (long) run.workers().sum(leftOut)[0];
        if (leftOut > 0 && run.workers().first())
            run.warn(leftOut + " documents that were found are in front of none: transformer.context holds no more");
        return true;
    }

    /// In any order, for a corpus is often sorted.
    private List<TokenStream> blocks(List<TokenStream> streams, RandomGenerator random) {
        if (!settings.whole())
            return blocks(
                    streams,
                    settings.layouts(),
                    run.configuration().transformer().context() + 1,
                    random);
        Options.shuffle(streams, random);
        return streams;
    }

    /// Cuts blocks from one round of layouts after the other; what one leaves over begins the next, at whose end the
    /// documents of it come again. So no block has a document twice, where the documents fill a block.
    ///
    /// @param streams those of the first layout, those of the second in the same order, and so on
    static List<TokenStream> blocks(List<TokenStream> streams, int layouts, int length, RandomGenerator random) {
        int documents = streams.size() / layouts;
        List<TokenStream> ordered = new ArrayList<>(), blocks = new ArrayList<>();
        long tokens = 0;
        Set<Integer> over = new HashSet<>(); // documents of the block that is not full yet
        for (int layout = 0; layout < layouts; layout++) {
            List<Integer> round =
                    new ArrayList<>(IntStream.range(0, documents).boxed().toList());
            Options.shuffle(round, random);
            round.sort(Comparator.comparing(over::contains));
            List<TokenStream> all = streams.subList(layout * documents, (layout + 1) * documents);
            for (int document : round) {
                ordered.add(all.get(document));
                tokens += all.get(document).length();
            }
            over.clear();
            for (long left = tokens % length; left > 0 && over.size() < documents; ) {
                int document = round.get(documents - 1 - over.size());
                over.add(document);
                left -= all.get(document).length();
            }
        }
        new Packing(ordered.iterator(), length).forEachRemaining(blocks::add);
        return blocks;
    }

    /// A document and what stands before it, where these have a subject in common: it is called something else in all
    /// of them, by another subject's words or an invented name, so that its name can be read there and
    /// nowhere else.
    private List<Encoded> renamed(List<Encoded> told, List<Encoded> bank, RandomGenerator random) {
        String subject = CorpusTwins.subject(told.getFirst().caption());
        if (told.stream().skip(1).noneMatch(one -> CorpusTwins.subject(one.caption())
                .equals(subject))) return told;
        String alias = random.nextBoolean()
                ? CorpusTwins.subject(Options.pick(bank, random).caption())
                : Names.random(random);
        List<Encoded> renamed = told.stream()
                .map(one -> CorpusTwins.subject(one.caption()).equals(subject) ? called(alias, subject, one) : one)
                .toList();
        int longest = run.configuration().bpe().longestCaption();
        return renamed.stream().anyMatch(one -> one.text().length > longest) ? told : renamed;
    }

    private Encoded called(String alias, String subject, Encoded document) {
        String caption = alias + document.caption().substring(subject.length());
        return new Encoded(
                caption,
                encoding.encode(caption.stripTrailing()),
                document.front(),
                caption,
                document.codes(),
                document.byText(),
                document.byImage());
    }

    /// A document and as many of those in front as the context holds.
    private List<Encoded> fitting(List<Encoded> told, boolean asks) {
        int count = told.size(), longest = run.configuration().transformer().context() + 1;
        while (count > 1 && lay(told.subList(0, count), asks).length() > longest) count--;
        return told.subList(0, count);
    }

    /// @param told a document and those in front of it
    private TokenStream lay(List<Encoded> told, boolean asks) {
        Encoded query = told.getFirst();
        List<CaptionedImage> before =
                told.stream().skip(1).map(Encoded::captioned).toList();
        return asks ? asked(before, query) : layout.retrievalAugmented(before, query.captioned());
    }

    /// An answer asked for by its question, a caption by the words of its task where nothing is in front, and
    /// behind documents as they have one, with no words.
    private TokenStream asked(List<CaptionedImage> before, Encoded query) {
        boolean told = before.isEmpty() || query.isQuestion();
        int[] instruction = told ? encoding.encode(query.front()) : new int[0];
        return layout.asked(before, instruction, query.codes(), encoding.encode(query.answer()));
    }

    /// Those of the captions that are trained on.
    private void writeWords(List<List<Encoded>> parts) {
        List<Encoded> all = parts.stream().flatMap(List::stream).toList();
        BitSet held = heldOut(all);
        var words = new TreeSet<String>();
        for (int at = 0; at < all.size(); at++)
            if (!held.get(at)) Words.add(all.get(at).caption(), words);
        Words.write(folder, words);
    }

    private void writeManifest(List<List<Encoded>> parts, Map<String, Long> skipped) {
        List<ShardManifest.Entry> entries = new ArrayList<>();
        for (int part = 0; part < parts.size(); part++)
            entries.add(
                    ShardManifest.read(folder.resolve("shard-%05d.json".formatted(part)), ShardManifest.Entry.class));
        var manifest = new ShardManifest(
                settings.corpus(),
                run.configuration().transformer().context(),
                settings.whole(),
                ShardManifest.sizes(layout.vocabulary()),
                Checkpoints.sha256(run.tokenizer()),
                Checkpoints.sha256(run.weights("vq")),
                Checkpoints.sha256(run.weights("clip")),
                parts.stream().mapToLong(List::size).sum(),
                skipped,
                entries);
        Run.write(folder.resolve(ShardManifest.NAME), manifest.json());
    }

    /// What `prepare` made for this run, checked against its tokenizers.
    static ShardDocuments documents(Run run, Vocabulary vocabulary, String training, int batchTokens) {
        ShardManifest manifest = ShardManifest.read(run.stage("prepare").resolve(ShardManifest.NAME));
        manifest.check(vocabulary, run.configuration().transformer().context(), run.tokenizer(), run.weights("vq"));
        return new ShardDocuments(run, manifest, vocabulary, training, batchTokens);
    }
}
