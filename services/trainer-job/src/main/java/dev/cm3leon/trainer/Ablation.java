package dev.cm3leon.trainer;

import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Drafts;
import dev.cm3leon.trainer.data.Drafts.Draft;
import dev.cm3leon.trainer.data.Drafts.Query;
import dev.cm3leon.trainer.data.Drafts.Shown;
import dev.cm3leon.trainer.data.Evidence;
import dev.cm3leon.trainer.data.PortraitDocuments;
import dev.cm3leon.trainer.run.Curves;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.torch.Workers;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.transformer.LossWeights;
import dev.cm3leon.trainer.transformer.Pretraining;
import dev.cm3leon.trainer.transformer.TransformerModel;
import dev.cm3leon.trainer.vq.VqModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Small models that differ in one thing, trained on equally many tokens from the same first weights and scored
/// along the way on the same documents: what the CM3 objective costs and gives, and what retrieval does. Half
/// of what they see are captioned portraits, half are named characters, which only a document in front can
/// show.
final class Ablation {
    static final String CURVES = "curves.json", PICTURE = "curves.png";

    private static final int VALIDATION = 48;

    private Ablation() {}

    /// @param masked whether documents are masked as CM3 says, or read as they are
    /// @param retrieval whether named characters come with the document that shows them
    enum Arm {
        CM3_RETRIEVAL(true, true),
        CM3(true, false),
        CAUSAL_RETRIEVAL(false, true),
        CAUSAL(false, false);
        final boolean masked, retrieval;

        Arm(boolean masked, boolean retrieval) {
            this.masked = masked;
            this.retrieval = retrieval;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Trains the arms one after the other, those that are not through, and tells how they compare; false if it
    /// was asked to stop.
    static boolean run(Run run, List<Arm> arms) {
        BytePairEncoding encoding = BpeStage.finished(run);
        VqModel vq = VqStage.codes(run);
        for (Arm arm : arms) {
            if (!train(run, arm, new ArmDocuments(run.configuration(), arm, encoding, vq))) return false;
            report(run, arms);
        }
        return true;
    }

    private static boolean train(Run run, Arm arm, Documents documents) {
        Path finished = run.weights(arm.label());
        if (Files.exists(finished)) return true;
        TrainingConfiguration.Transformer settings = run.configuration().transformer();
        TransformerModel model = PretrainStage.fresh(run, BpeStage.finished(run));
        try (var training = new Pretraining(
                model,
                documents,
                run.configuration().seed(),
                "pretrain",
                settings.schedule(),
                settings.adam(),
                Workers.ALONE,
                Pretraining.Execution.USUAL,
                LossWeights.EQUAL)) {
            if (!run.learn(arm.label(), training, Math.min(25, settings.validateEvery()), settings.validateEvery()))
                return false;
        }
        WeightFiles.write(finished, new Weights(model.arrays(), Map.of()), WeightFiles.Precision.F16);
        return true;
    }

    /// Every arm's curve as numbers, and one panel a metric with a line an arm.
    private static void report(Run run, List<Arm> arms) {
        Curves curves = curves(run, arms);
        Run.write(run.folder().resolve(CURVES), curves.json());
        List<Curves.Panel> panels = metrics(curves).stream()
                .map(metric -> curves.panel(metric, metric))
                .toList();
        Run.write(run.folder().resolve(PICTURE), Curves.png(panels));
    }

    private static Curves curves(Run run, List<Arm> arms) {
        return Curves.of(run, arms.stream().map(Arm::label).toList());
    }

    private static List<String> metrics(Curves curves) {
        return curves.stages().values().stream()
                .flatMap(List::stream)
                .flatMap(point -> point.keySet().stream())
                .filter(metric -> metric.startsWith("nll_"))
                .distinct()
                .sorted()
                .toList();
    }

    /// The last value of each metric, a row a metric, a column an arm: as Markdown.
    static String table(Run run, List<Arm> arms) {
        Curves curves = curves(run, arms);
        var table = new StringBuilder("| nats a token |");
        curves.stages().keySet().forEach(arm -> table.append(" ").append(arm).append(" |"));
        table.append("\n|---|").append("---|".repeat(curves.stages().size())).append("\n");
        for (String metric : metrics(curves)) {
            table.append("| ").append(metric).append(" |");
            for (String arm : curves.stages().keySet()) table.append(" %.3f |".formatted(curves.last(arm, metric)));
            table.append("\n");
        }
        return table.toString();
    }

    /// What one arm sees; what it is scored on is the same for all.
    static final class ArmDocuments implements Documents {
        private static final int SPANS = 4; // usually not more

        private final Arm arm;
        private final int batchTokens;
        private final int longest;
        private final long seed;
        private final VqModel vq;
        private final Vocabulary vocabulary;
        private final Cm3Masking masking;
        private final Drafts drafts;
        private final PortraitDocuments portraits;

        ArmDocuments(TrainingConfiguration configuration, Arm arm, BytePairEncoding encoding, VqModel vq) {
            this.arm = arm;
            this.batchTokens = configuration.transformer().batchTokens();
            this.longest = configuration.transformer().context() + 1;
            this.seed = configuration.seed();
            this.vq = vq;
            this.vocabulary = configuration.vocabulary(encoding.size());
            this.masking = configuration.objective().masking(vocabulary);
            this.drafts = Drafts.of(configuration, encoding);
            this.portraits = new PortraitDocuments(configuration.mixture(), drafts);
        }

        /// Documents of about `batch_tokens` tokens in all, those with something in front apart from those
        /// without.
        @Override
        public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
            List<Draft> alone = new ArrayList<>(), behind = new ArrayList<>();
            int tokens = 0;
            while (true) {
                Draft draft = random.nextBoolean() ? portraits.caption(random) : named(random);
                tokens += draft.tokens();
                if (tokens > batchTokens && !(alone.isEmpty() && behind.isEmpty())) break;
                (draft.pictures().size() > 1 ? behind : alone).add(arm.masked ? masked(draft, random) : draft);
            }
            List<List<TokenStream>> groups = new ArrayList<>();
            if (!alone.isEmpty()) groups.add(Drafts.streams(alone, share, vq));
            if (!behind.isEmpty()) groups.add(Drafts.streams(behind, share, vq));
            return groups;
        }

        private Draft named(RandomGenerator random) {
            Portrait portrait = Portrait.forTraining(random), again = portrait.again(random);
            String name = Names.random(random);
            Shown document = drafts.shown(() -> Captions.document(name, again, random), Avatars.draw(again));
            int[] query = drafts.text(() -> Captions.named(name, portrait, random));
            List<Shown> before = arm.retrieval ? List.of(document) : List.of();
            return drafts.retrieved(before, query, Avatars.draw(portrait), Query.SAID);
        }

        private Draft masked(Draft draft, RandomGenerator random) {
            return new Draft(
                    draft.pictures(),
                    draft.tokens() + 3 * SPANS,
                    codes -> masking.maskWhole(draft.lay().apply(codes), longest, random));
        }

        /// Text to picture, picture to text, a region of a picture; and named characters by what stands in
        /// front. All of characters that no arm is trained on, but for the full captions.
        @Override
        public Map<String, List<TokenStream>> validation() {
            var validation = new LinkedHashMap<String, List<TokenStream>>();
            validation.put("text_to_image", some(portraits::caption));
            validation.put("image_to_text", some(random -> {
                Portrait portrait = Portrait.forTraining(random);
                return drafts.answered("", Captions.complete(portrait, random), Avatars.draw(portrait));
            }));
            validation.put("region", some(random -> region(portraits.caption(random))));
            for (Evidence evidence : List.of(Evidence.NONE, Evidence.RIGHT, Evidence.WRONG))
                validation.put(
                        "named_" + evidence.name().toLowerCase(Locale.ROOT),
                        some(random -> portraits.stranger(evidence, random)));
            return validation;
        }

        private List<TokenStream> some(Function<RandomGenerator, Draft> next) {
            List<Draft> some = new ArrayList<>();
            for (int i = 0; i < VALIDATION; i++) some.add(next.apply(Ops.random(seed, "validation", i)));
            return Drafts.streams(some, WorkerShare.WHOLE, vq);
        }

        /// `E T B I S0 I E S0 I eoss`: the rows in the middle of the picture are asked for.
        private Draft region(Draft draft) {
            int side = vq.configuration().grid();
            return new Draft(draft.pictures(), draft.tokens() + 3, codes -> {
                TokenStream whole = draft.lay().apply(codes);
                int picture = 0;
                while (whole.cells()[picture] != 0) picture++;
                int from = picture + side / 4 * side, to = from + side / 2 * side;
                return new TokenStream.Builder()
                        .append(whole, 0, from)
                        .append(vocabulary.sentinel(0))
                        .append(whole, to, whole.length())
                        .append(vocabulary.sentinel(0))
                        .append(whole, from, to)
                        .append(vocabulary.eoss())
                        .build();
            });
        }
    }
}
