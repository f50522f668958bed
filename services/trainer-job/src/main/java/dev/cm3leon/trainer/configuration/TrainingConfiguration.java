package dev.cm3leon.trainer.configuration;

import dev.cm3leon.corpora.Asking;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.Condition;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.clip.ClipConfig;
import dev.cm3leon.model.transformer.TransformerConfig;
import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.model.vq.VqShape;
import dev.cm3leon.model.vq.VqganConfig;
import dev.cm3leon.trainer.bpe.Splits;
import dev.cm3leon.trainer.clip.ClipModel;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.transformer.LossWeights;
import dev.cm3leon.trainer.transformer.Pretraining;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.vq.AdversarialTerms;
import dev.cm3leon.trainer.vq.ErrorCosts;
import dev.cm3leon.trainer.vq.VqTraining;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// What a training run is to do, from a JSON file with names in snake_case. It checks itself: whatever is
/// impossible is refused before anything starts, with the field and its limit.
///
/// @param name of the model
/// @param base name of the configuration whose run comes first and is continued, or empty: the image tokenizer
/// gets more codes, and the transformer goes on from what it knows if it has the same sizes
/// @param seed of all randomness; the same configuration on the same machine gives the same weights
/// @param threads of PyTorch; with more than one, sums may differ in the last bit between runs
/// @param saveSeconds between two checkpoints
/// @param finetune trainings after the first, one after the other
public record TrainingConfiguration(
        String name,
        String base,
        long seed,
        int threads,
        double saveSeconds,
        Bpe bpe,
        Vq vq,
        Clip clip,
        Transformer transformer,
        Mixture mixture,
        Defaults defaults,
        Family family,
        List<Finetune> finetune,
        Shards shards,
        Objective objective,
        Execution execution) {

    public TrainingConfiguration {
        finetune = List.copyOf(finetune);
        if (!name.matches("[a-z0-9][a-z0-9.-]{0,63}"))
            throw new IllegalArgumentException("name must match [a-z0-9][a-z0-9.-]{0,63}, got " + name);
        if (!base.matches("[a-z0-9.-]{0,64}") || base.equals(name))
            throw new IllegalArgumentException("base must be empty or the name of another configuration, got " + base);
        within("threads", threads, 1, 256);
        vq.check();
        if (!base.isEmpty() && vq.vqgan())
            throw new IllegalArgumentException(
                    "need vq.architecture small where a base is continued, got " + vq.architecture());
        if (!(saveSeconds > 0)) throw new IllegalArgumentException("need save_seconds > 0, got " + saveSeconds);
        if (shards.corpus().isEmpty() && vq.imageSize() != 64)
            throw new IllegalArgumentException(
                    "need vq.image_size = 64 for the pictures that come with the trainer, got " + vq.imageSize()
                            + "; shards.corpus may have pictures of any size");
        for (int i = 0; i < finetune.size(); i++) {
            List<String> earlier = trainings(i);
            for (String kept : finetune.get(i).kept().keySet())
                if (!earlier.contains(kept))
                    throw new IllegalArgumentException("finetune.kept needs names of " + earlier + ", got " + kept);
        }
        if (!shards.corpus().isEmpty() && !base.isEmpty())
            throw new IllegalArgumentException("need an empty base where shards.corpus is trained on, got " + base);
        if (!shards.corpus().isEmpty()
                && finetune.stream().anyMatch(later -> !later.examples().isEmpty()))
            throw new IllegalArgumentException(
                    "need finetune.corpora where shards.corpus is trained on: finetune.examples are of the trainer's own pictures");
        int documents = documents(mixture, finetune),
                tokens = bpe.longestCaption() + vq.sizes().cells() + 2;
        if (!shards.corpus().isEmpty()) shards.check(transformer.context(), tokens);
        if ((documents + 1) * tokens > transformer.context())
            throw new IllegalArgumentException(
                    "need transformer.context >= %d for a picture and %d documents of up to %d tokens each, got %d"
                            .formatted((documents + 1) * tokens, documents, tokens, transformer.context()));
    }

    /// The tokenizer of text.
    ///
    /// @param vocabulary ids in all, the 4 specials and the 256 bytes among them
    /// @param captions how many captions it is trained on
    /// @param longestCaption in tokens; longer ones are drawn again
    /// @param splits where text is cut before it is merged: as `gpt2` does, or as `chameleon`
    public record Bpe(int vocabulary, int captions, int longestCaption, String splits) {
        public Bpe {
            Splits.named("bpe.splits", splits);
            within("bpe.vocabulary", vocabulary, 261, 65536);
            within("bpe.captions", captions, 1, 10_000_000);
            within("bpe.longest_caption", longestCaption, 4, 4096);
        }

        public Splits cuts() {
            return Splits.named("bpe.splits", splits);
        }
    }

    /// The image tokenizer.
    ///
    /// @param architecture `small`, or `vqgan` for that of the paper
    /// @param imageSize pixels of a side, 8 to a cell where it is small; 64 unless a corpus is trained on
    /// @param codes of the codebook; those of a base are the first of them
    /// @param encoderWidth of the small one, and so are the next two
    /// @param encoderNeighbours whether a code is told by the cells around its own too
    /// @param channels of a VQGAN, and so are the next four, which are those of [VqganConfig]
    /// @param scenes share of the pictures that are scenes, not portraits
    /// @param writing share of them that are letters and digits; where there are any and a base, each of
    /// their cells has a code of its own
    /// @param steps of the whole; none are done where there is a base, whose encoder and codes stay
    /// @param part pixels a side of the part of a picture that a step learns from, by its detail; 0 for the
    /// whole
    /// @param squaredError what squared errors of pixels cost beside absolute ones
    /// @param adversarial weight of what the discriminator says of decoded pictures, balanced; 0 for none
    /// @param adversarialFrom first step with a discriminator
    /// @param perceptual weight of the distance between the discriminator's features; 0 for none
    /// @param decoderSteps after those, of the decoder alone
    /// @param areas rectangles of the picture whose errors cost more
    public record Vq(
            String architecture,
            int imageSize,
            int codes,
            int codeDim,
            List<Integer> encoderWidth,
            List<Integer> decoderWidth,
            boolean encoderNeighbours,
            int channels,
            List<Integer> multipliers,
            int blocks,
            List<Integer> attention,
            int latentChannels,
            double scenes,
            double writing,
            long steps,
            int batch,
            double learningRate,
            long warmUp,
            long restartEvery,
            int part,
            double squaredError,
            double adversarial,
            long adversarialFrom,
            double perceptual,
            long decoderSteps,
            List<Area> areas) {
        public Vq {
            areas = List.copyOf(areas);
            share("vq.scenes", scenes);
            share("vq.writing", writing);
            share("vq.scenes + writing", scenes + writing);
            within("vq.decoder_steps", decoderSteps, 0, 100_000_000);
            if (imageSize < 16 || imageSize > 1024 || imageSize % 16 != 0)
                throw new IllegalArgumentException("need vq.image_size a multiple of 16, 16 to 1024, got " + imageSize);
            for (Area area : areas)
                if (area.right > imageSize || area.bottom > imageSize)
                    throw new IllegalArgumentException("vq.areas needs right and bottom <= vq.image_size = " + imageSize
                            + ", got " + area.right + " and " + area.bottom);
            if (part > imageSize || part > 0 && !areas.isEmpty())
                throw new IllegalArgumentException("need vq.part <= vq.image_size = " + imageSize
                        + ", and no vq.areas where it is above 0, got " + part + " and " + areas.size() + " areas");
        }

        /// Refuses sizes and settings that cannot be.
        private void check() {
            if (!List.of("small", VqganConfig.ARCHITECTURE).contains(architecture))
                throw new IllegalArgumentException("need vq.architecture small or vqgan, got " + architecture);
            if (vqgan() && (!encoderWidth.isEmpty() || !decoderWidth.isEmpty() || encoderNeighbours))
                throw new IllegalArgumentException("need no vq.encoder_width, vq.decoder_width or vq.encoder_neighbours"
                        + " where vq.architecture is vqgan");
            costs(); // refuses vq.squared_error
            int cell = sizes().cellSize();
            if (part % cell != 0)
                throw new IllegalArgumentException(
                        "need vq.part a multiple of the " + cell + " pixels of a code, got " + part);
            if (settings().terms().on() && decoderSteps > 0)
                throw new IllegalArgumentException("need vq.decoder_steps = 0 where vq.adversarial or vq.perceptual is"
                        + " above 0, for the decoder alone learns without them, got " + decoderSteps);
        }

        boolean vqgan() {
            return architecture.equals(VqganConfig.ARCHITECTURE);
        }

        public VqShape sizes() {
            return vqgan()
                    ? new VqganConfig(
                            imageSize, codes, codeDim, channels, multipliers, blocks, attention, latentChannels)
                    : new VqConfig(
                            imageSize, imageSize / 8, codes, codeDim, encoderWidth, decoderWidth, encoderNeighbours);
        }

        public VqTraining.Settings settings() {
            var terms = new AdversarialTerms.Settings(adversarial, adversarialFrom, perceptual);
            return new VqTraining.Settings(steps, batch, learningRate, warmUp, restartEvery, part, terms);
        }

        public ErrorCosts costs() {
            float[] costs = new float[imageSize * imageSize];
            for (int i = 0; i < costs.length; i++) {
                costs[i] = 1;
                for (Area area : areas)
                    if (area.holds(i % imageSize, i / imageSize)) costs[i] = Math.max(costs[i], (float) area.weight);
            }
            return new ErrorCosts(costs, squaredError);
        }
    }

    /// Pixels left <= x < right, top <= y < bottom cost `weight` times what the ground costs.
    public record Area(int left, int top, int right, int bottom, double weight) {
        public Area {
            if (left < 0 || top < 0 || left >= right || top >= bottom || !(weight > 0))
                throw new IllegalArgumentException(
                        "vq.areas needs 0 <= left < right, 0 <= top < bottom and weight > 0, got " + left + " " + top
                                + " " + right + " " + bottom + " " + weight);
        }

        boolean holds(int x, int y) {
            return x >= left && x < right && y >= top && y < bottom;
        }
    }

    /// The encoder of search: an image tower, and a projection of sentence vectors.
    ///
    /// @param twins pairs of pictures of a step that show one thing in two styles, and a quarter as many more
    /// that show one character in other clothes; of a corpus, pairs whose captions `SUBJECT, MANNER` have one
    /// subject
    public record Clip(
            int embedding, int textHidden, long steps, int batch, double learningRate, int captions, int twins) {
        public Clip {
            within("clip.embedding", embedding, 1, 4096);
            within("clip.text_hidden", textHidden, 1, 4096);
            within("clip.steps", steps, 1, 100_000_000);
            within("clip.batch", batch, 2, 8192);
            within("clip.captions", captions, batch, 5_000_000); // their sentence vectors are one array
            within("clip.twins", twins, 0, 512);
            positive("clip.learning_rate", learningRate);
        }

        public ClipConfig sizes(int imageSize) {
            return new ClipConfig(imageSize, embedding, ClipModel.TEXT_WIDTH, textHidden);
        }
    }

    /// The transformer and how it learns.
    ///
    /// @param batchTokens tokens of a step, padding included
    /// @param learningRate its peak
    /// @param warmUp steps up to the peak
    /// @param flat share of the steps that stay at the peak
    /// @param end share of the peak left at the end
    /// @param decay how it gets there: `cosine` or `linear`
    /// @param betas of Adam, for the mean and for the square
    /// @param clip largest norm of a step's gradient, to which a longer one is shortened
    /// @param half whether linear maps multiply in bfloat16, where
    /// [dev.cm3leon.trainer.torch.Device#fastInBfloat16()] says so
    /// @param validateEvery steps
    public record Transformer(
            int width,
            int layers,
            int heads,
            int context,
            int sentinels,
            long steps,
            int batchTokens,
            double learningRate,
            long warmUp,
            double flat,
            double end,
            String decay,
            List<Double> betas,
            double weightDecay,
            double clip,
            boolean half,
            long validateEvery) {
        public Transformer {
            betas = List.copyOf(betas);
            within("transformer.width", width, 8, 16384);
            within("transformer.layers", layers, 1, 256);
            within("transformer.heads", heads, 1, 256);
            TransformerConfig.checkHeads("transformer.", width, heads);
            within("transformer.context", context, 16, 65536);
            within("transformer.sentinels", sentinels, 2, 512);
            within("transformer.steps", steps, 1, 1_000_000_000);
            within("transformer.batch_tokens", batchTokens, context, 10_000_000);
            positive("transformer.learning_rate", learningRate);
            within("transformer.warm_up", warmUp, 0, steps);
            share("transformer.flat", flat);
            share("transformer.end", end);
            Schedule.Decay.named("transformer.decay", decay);
            pair("transformer.betas", betas);
            share("transformer.weight_decay", weightDecay);
            if (!(clip > 0)) throw new IllegalArgumentException("need transformer.clip > 0, got " + clip);
            within("transformer.validate_every", validateEvery, 1, 1_000_000_000);
        }

        public Schedule schedule() {
            var form = Schedule.Decay.named("transformer.decay", decay);
            return new Schedule(learningRate, warmUp, Math.round(flat * steps), steps, end, form);
        }

        public AdamW.Settings adam() {
            return adam(betas);
        }

        /// With the betas of a later training.
        public AdamW.Settings adam(List<Double> betas) {
            return new AdamW.Settings(betas.getFirst(), betas.getLast(), weightDecay, clip);
        }
    }

    /// How often each kind of document is seen: shares of the tokens for `documents`, else of the streams.
    ///
    /// @param documents streams with retrieved documents in front
    /// @param scenes of those without: scenes, not portraits
    /// @param retrievedScenes of those with: scenes, not portraits
    /// @param captioning of those without: the text is asked for
    /// @param questions of those without: an answer is asked for
    /// @param edits of those without: a picture changed as told
    /// @param spans of those without: random CM3 spans
    /// @param strangers of those without: a named character or thing nobody has seen, so that the rest of the
    /// caption still rules
    /// @param described of the portraits with: a full caption, with documents that are beside the point
    /// @param two of the steps: two documents, not one
    /// @param halves of the portraits with two: each document shows half of the character
    /// @param both of the scenes with two: both things are asked for
    /// @param ordered of those with two: documents stand in the order in which the query names them, and what
    /// it does not name comes last, as a search ranks them; else in any order
    /// @param misnamed of those with one document that shows what is asked for: it bears another name
    /// @param withheldCaption of the drawn pictures: the caption is withheld, for guidance
    /// @param askedCaption of the streams with documents: the caption is asked for, and so who or what it is
    public record Mixture(
            double documents,
            double scenes,
            double retrievedScenes,
            double captioning,
            double questions,
            double edits,
            double spans,
            double strangers,
            double described,
            double two,
            double halves,
            double both,
            double ordered,
            double misnamed,
            double withheldCaption,
            double askedCaption) {
        public Mixture {
            share("mixture.documents", documents);
            share("mixture.scenes", scenes);
            share("mixture.retrieved_scenes", retrievedScenes);
            share("mixture.captioning", captioning);
            share("mixture.questions", questions);
            share("mixture.edits", edits);
            share("mixture.spans", spans);
            share("mixture.strangers", strangers);
            share(
                    "mixture.captioning + questions + edits + spans + strangers",
                    captioning + questions + edits + spans + strangers);
            share("mixture.described", described);
            share("mixture.two", two);
            share("mixture.halves", halves);
            share("mixture.both", both);
            share("mixture.ordered", ordered);
            share("mixture.misnamed", misnamed);
            share("mixture.withheld_caption", withheldCaption);
            share("mixture.asked_caption", askedCaption);
            share("mixture.withheld_caption + asked_caption", withheldCaption + askedCaption);
        }

        /// Whether the only document bears another name.
        public boolean misnamed(int documents, RandomGenerator random) {
            return misnamed > 0 && documents == 1 && random.nextDouble() < misnamed;
        }
    }

    /// How the transformer is built where it is not as the paper's (section 2.3: no rows and columns,
    /// deviations 0.006 and 0.0002).
    ///
    /// @param rowColumnEmbeddings whether it is told row and column of the next image cell
    /// @param deviation of its first weights
    /// @param positionDeviation of its first position, row and column embeddings
    public record Family(boolean rowColumnEmbeddings, double deviation, double positionDeviation) {
        public Family {
            share("family.deviation", deviation);
            share("family.position_deviation", positionDeviation);
        }

        public TransformerConfiguration.Initialisation initialisation() {
            return new TransformerConfiguration.Initialisation(deviation, positionDeviation);
        }
    }

    /// A training with a rate and documents of its own, from where the one before it ended (section 4 of the
    /// paper). Some of its steps see examples of tasks in the words of table 5, the others a mixture.
    ///
    /// @param batchTokens tokens of a step, padding included; 0 for those of the first training
    /// @param decay of the rate, and betas of Adam: those of the first training where nothing is said
    /// @param instructed share of the steps that see examples, where there are any
    /// @param favourites of questions for yes or no: the first value of an attribute is asked for
    /// n^favourites times as often as the n-th; 0 for all alike
    /// @param answerWeight in the loss, of the tokens of a text that is asked for at the end of a stream
    /// @param changedWeight in the loss, of the cells in which a picture is other than the one right before it
    /// @param kept shares of the weights of earlier trainings, e.g. `{"finetune": 0.35}`, that are mixed into
    /// those learned here at the end: so less is forgotten (Wortsman et al. 2022)
    /// @param examples how many there are of each [Instruction], by its name in small letters
    /// @param corpora public datasets that are shown in place of those, by the task of table 5 that they are
    /// examples of: `coco`, `image_paragraph`, `vqa2` and so on
    /// @param mixture of the other steps; that of the whole where nothing is said
    public record Finetune(
            long steps,
            int batchTokens,
            double learningRate,
            long warmUp,
            double end,
            String decay,
            List<Double> betas,
            double instructed,
            double favourites,
            double answerWeight,
            double changedWeight,
            Map<String, Double> kept,
            Map<String, Long> examples,
            Map<String, Source> corpora,
            Mixture mixture) {
        public Finetune {
            betas = List.copyOf(betas);
            within("finetune.steps", steps, 1, 1_000_000_000);
            within("finetune.batch_tokens", batchTokens, 0, 10_000_000);
            positive("finetune.learning_rate", learningRate);
            within("finetune.warm_up", warmUp, 0, steps);
            share("finetune.end", end);
            Schedule.Decay.named("finetune.decay", decay);
            pair("finetune.betas", betas);
            share("finetune.instructed", instructed);
            if (!(favourites >= 0 && favourites <= 4))
                throw new RefusedException("need 0 <= finetune.favourites <= 4, got " + favourites);
            weight("finetune.answer_weight", answerWeight);
            weight("finetune.changed_weight", changedWeight);
            kept = Collections.unmodifiableMap(new TreeMap<>(kept));
            kept.forEach((name, share) -> share("finetune.kept." + name, share));
            share(
                    "sum of finetune.kept",
                    kept.values().stream().mapToDouble(Double::doubleValue).sum());
            examples = Collections.unmodifiableMap(new TreeMap<>(examples));
            examples.forEach((name, count) -> {
                Instruction.named(name);
                within("finetune.examples." + name, count, 1, 1_000_000_000);
            });
            corpora = Collections.unmodifiableMap(new TreeMap<>(corpora));
            corpora.keySet().forEach(Finetune::task);
            if (!examples.isEmpty() && !corpora.isEmpty())
                throw new IllegalArgumentException("need finetune.examples or finetune.corpora, got both");
        }

        /// The task that a dataset of `corpora` is examples of.
        ///
        /// @param name in small letters
        /// @throws IllegalArgumentException naming those that datasets are examples of
        public static FineTuningTask task(String name) {
            for (FineTuningTask task : Asking.TASKS) if (label(task).equals(name)) return task;
            throw new IllegalArgumentException("no finetune.corpora." + name + "; known: "
                    + Asking.TASKS.stream().map(Finetune::label).toList());
        }

        private static String label(FineTuningTask task) {
            return task.name().toLowerCase(Locale.ROOT);
        }

        public Schedule schedule() {
            var form = Schedule.Decay.named("finetune.decay", decay);
            return new Schedule(learningRate, warmUp, 0, steps, end, form);
        }
    }

    /// A public dataset, as it is published or as `./cm3 corpus prepare` wrote it.
    ///
    /// @param corpus its folder
    /// @param dataset its format, e.g. `vqa2`, or `webdataset` where it was prepared
    /// @param split e.g. `train`; empty for all
    public record Source(String corpus, String dataset, String split, String licence) {
        public Source {
            named("finetune.corpora.dataset", dataset);
        }
    }

    private static void named(String field, String dataset) {
        try {
            Dataset.of(dataset);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
        }
    }

    /// A corpus of captioned pictures that everything is trained on in place of generated documents: the
    /// tokenizers and the encoder of search on a sample of it, the transformer on all of it, made into shards.
    ///
    /// @param corpus its folder; empty for none
    /// @param dataset its format, e.g. `webdataset` or `coco`
    /// @param split e.g. `train`; empty for all
    /// @param documents of a shard
    /// @param layouts of a document, each with neighbours drawn anew
    /// @param neighbours in front of a document at most
    /// @param leastNeighbours where there are any and as many are found
    /// @param without share of the documents that have none in front
    /// @param captioning share of the layouts that ask for the caption, as the platform asks for one: told to
    /// describe, or behind documents found by the picture; a question is asked for its answer; they are not
    /// masked at random, and so only kept whole
    /// @param aliases share of those behind a document of the same subject, by captions `SUBJECT, MANNER`, in which
    /// that subject bears another name: it can be read in the document alone
    /// @param maxSimilarity of neighbours to the document and to each other
    /// @param queryDropout share of a caption's tokens that are left out when neighbours are searched
    /// @param whole keeps each document whole instead of cutting one stream into blocks of the context
    /// @param sample captioned pictures at most, that the tokenizers and the encoder of search learn from
    /// @param licence of the corpus, and so of the model
    public record Shards(
            String corpus,
            String dataset,
            String split,
            int documents,
            int layouts,
            int neighbours,
            int leastNeighbours,
            double without,
            double captioning,
            double aliases,
            double maxSimilarity,
            double queryDropout,
            boolean whole,
            int sample,
            String licence) {
        public static final int TOKEN = 6; // bytes of one in the file of a shard

        public Shards {
            named("shards.dataset", dataset);
            within("shards.sample", sample, 2, 100_000_000);
            within("shards.documents", documents, 1, 1_000_000);
            within("shards.layouts", layouts, 1, 1000);
            within("shards.neighbours", neighbours, 0, 4);
            within("shards.least_neighbours", leastNeighbours, 1, Math.max(1, neighbours));
            share("shards.max_similarity", maxSimilarity);
            share("shards.without", without);
            share("shards.captioning", captioning);
            share("shards.aliases", aliases);
            if (captioning > 0 && !whole)
                throw new RefusedException("need shards.captioning = 0 where shards.whole is false, got " + captioning);
            if (!(queryDropout >= 0 && queryDropout < 1))
                throw new IllegalArgumentException("need 0 <= shards.query_dropout < 1, got " + queryDropout);
        }

        /// Refuses shards that no file holds.
        ///
        /// @param tokens of a document at most, without those in front
        private void check(int context, int tokens) {
            long longest = whole ? context + 1L : (neighbours + 1L) * tokens + 1;
            if ((long) documents * layouts * longest > Integer.MAX_VALUE / TOKEN)
                throw new IllegalArgumentException(
                        ("need shards.documents x shards.layouts x the longest document <= %d tokens, so that a shard is"
                                        + " below 2 GiB, got %d x %d x %d")
                                .formatted(Integer.MAX_VALUE / TOKEN, documents, layouts, longest));
        }

        public Source source() {
            return new Source(corpus, dataset, split, licence);
        }
    }

    /// The CM3 objective where it is not as usual.
    ///
    /// @param spans mean of their Poisson number in a stream that is masked; 0 for plain causal training
    /// @param wholeSegments share of the masked streams whose spans are whole texts or pictures
    /// @param sentinelWeight in the loss: 1 as for any token, as the paper's authors trained, or 0, as the
    /// paper of CM3 has it, since nothing foretells where a span was taken out
    public record Objective(double spans, double wholeSegments, int sentinelWeight) {
        public Objective {
            if (!(spans >= 0 && spans <= 16))
                throw new IllegalArgumentException("need 0 <= objective.spans <= 16, got " + spans);
            share("objective.whole_segments", wholeSegments);
            within("objective.sentinel_weight", sentinelWeight, 0, 1);
        }

        public Cm3Masking masking(Vocabulary vocabulary) {
            return new Cm3Masking(vocabulary, spans, wholeSegments);
        }
    }

    /// How it is done; the weights are the same but for the last bits of sums.
    ///
    /// @param microBatchTokens the most tokens, padding included, that are computed at once; 0 for all of a
    /// group
    /// @param recompute activations on the way back, so that one layer's fit where all layers' would not
    /// @param shardOptimizer whether several workers divide the optimizer's state (ZeRO, first stage)
    /// @param saveSteps between two checkpoints, besides those by time; 0 for none
    /// @param keepCheckpoints of each stage, the newest ones
    /// @param device `cpu`, `cuda`, or `auto` for a GPU where there is one that this build can use; there, sums
    /// may differ in the last bits from one run to the next
    /// @param loaders threads that make the documents of coming steps; as many as cores where a GPU computes
    public record Execution(
            int microBatchTokens,
            boolean recompute,
            boolean shardOptimizer,
            long saveSteps,
            int keepCheckpoints,
            String device,
            int loaders) {
        public Execution {
            within("execution.micro_batch_tokens", microBatchTokens, 0, 10_000_000);
            within("execution.save_steps", saveSteps, 0, 1_000_000_000);
            within("execution.keep_checkpoints", keepCheckpoints, 1, 1000);
            if (!List.of("auto", "cpu", "cuda").contains(device))
                throw new IllegalArgumentException("need execution.device auto, cpu or cuda, got " + device);
            within("execution.loaders", loaders, 1, 256);
        }

        public Pretraining.Execution steps() {
            return new Pretraining.Execution(microBatchTokens, recompute, shardOptimizer, loaders);
        }
    }

    /// How the model is sampled unless a request says otherwise, within what one may ask for; part of
    /// its bundle.
    ///
    /// @param editGuidanceScale of the text where a given picture is edited with three streams
    /// @param editImageGuidanceScale of the picture there
    /// @param minP share of the largest probability with the condition that an id needs to be drawn; 0 is none
    /// @param guidanceOn what guidance strengthens: `prompt`, `documents` or `all`
    /// @param stepByStep whether what is seen is said before an answer by yes or no: for a model that has
    /// learned it
    public record Defaults(
            double temperature,
            double topP,
            double minP,
            double guidanceScale,
            double editGuidanceScale,
            double editImageGuidanceScale,
            double cdAlpha,
            int cdK,
            int documents,
            int candidates,
            String guidanceOn,
            boolean stepByStep) {
        public Defaults {
            if (!(temperature > 0 && temperature <= 10))
                throw new IllegalArgumentException("need 0 < defaults.temperature <= 10, got " + temperature);
            positive("defaults.top_p", topP);
            share("defaults.min_p", minP);
            scale("guidance_scale", guidanceScale);
            scale("edit_guidance_scale", editGuidanceScale);
            scale("edit_image_guidance_scale", editImageGuidanceScale);
            positive("defaults.cd_alpha", cdAlpha);
            within("defaults.cd_k", cdK, 1, 4096);
            within("defaults.documents", documents, 0, 4);
            within("defaults.candidates", candidates, 1, 16);
            Condition.named("defaults.guidance_on", guidanceOn);
        }

        private static void scale(String name, double scale) {
            if (!(scale >= 0 && scale <= 20))
                throw new IllegalArgumentException("need 0 <= defaults." + name + " <= 20, got " + scale);
        }
    }

    /// Reads and checks a file.
    public static TrainingConfiguration read(Path file) throws IOException {
        return ConfigurationFile.parse(Files.readAllBytes(file));
    }

    /// One of those that come with the trainer: `demo`, `scenes`, `demo-tiny`.
    public static TrainingConfiguration named(String name) throws IOException {
        try (InputStream in = TrainingConfiguration.class.getResourceAsStream("/configurations/" + name + ".json")) {
            if (in == null) throw new IllegalArgumentException("no configuration " + name);
            return ConfigurationFile.parse(in.readAllBytes());
        }
    }

    /// @param texts how many ids the text tokenizer has
    public Vocabulary vocabulary(int texts) {
        return new Vocabulary(texts, vq.codes(), transformer.sentinels());
    }

    /// @param texts how many ids the text tokenizer has
    public DocumentLayout layout(int texts) {
        return new DocumentLayout(vocabulary(texts), new Grid(vq.sizes().grid()));
    }

    /// The names of the transformer's trainings, in their order.
    public List<String> trainings() {
        return trainings(finetune.size());
    }

    private static List<String> trainings(int later) {
        List<String> trainings = new ArrayList<>(List.of("pretrain"));
        for (int i = 1; i <= later; i++) trainings.add(i == 1 ? "finetune" : "finetune-" + i);
        return trainings;
    }

    /// How many documents of a mixture stand in front of a query at most, in any training.
    public int documents() {
        return documents(mixture, finetune);
    }

    private static int documents(Mixture mixture, List<Finetune> finetune) {
        return mixture.two() > 0
                        || finetune.stream().anyMatch(later -> later.mixture().two() > 0)
                ? 2
                : 1;
    }

    /// What tokens count in the first training.
    public LossWeights weights() {
        return new LossWeights(objective.sentinelWeight(), 1, 1);
    }

    /// What they count in a later one.
    ///
    /// @param edit ids that an edit in the words of table 5 begins with
    public LossWeights weights(Finetune later, List<Integer> edit) {
        return new LossWeights(objective.sentinelWeight(), later.answerWeight(), later.changedWeight(), edit);
    }

    /// Tokens of a step of a later training.
    public int batchTokens(Finetune later) {
        return later.batchTokens() > 0 ? later.batchTokens() : transformer.batchTokens();
    }

    public String json() {
        return ConfigurationFile.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this);
    }

    private static void within(String field, long value, long least, long most) {
        if (value < least || value > most)
            throw new IllegalArgumentException("need " + least + " <= " + field + " <= " + most + ", got " + value);
    }

    private static void positive(String field, double value) {
        if (!(value > 0 && value <= 1)) throw new IllegalArgumentException("need 0 < " + field + " <= 1, got " + value);
    }

    private static void pair(String field, List<Double> values) {
        if (values.size() != 2 || values.stream().anyMatch(value -> !(value >= 0 && value < 1)))
            throw new IllegalArgumentException("need two numbers from 0 to below 1 for " + field + ", got " + values);
    }

    private static void weight(String field, double value) {
        if (!(value > 0 && value <= 100))
            throw new IllegalArgumentException("need 0 < " + field + " <= 100, got " + value);
    }

    private static void share(String field, double value) {
        if (!(value >= 0 && value <= 1))
            throw new IllegalArgumentException("need 0 <= " + field + " <= 1, got " + value);
    }
}
