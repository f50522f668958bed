package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.QueryDropout;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Which documents of a corpus stand before another one of it in training, found in an index as section 2.1 of
/// the paper says: the best two by caption, of which a fifth of the tokens is dropped, and the best two by
/// picture; one or more of them in any order. Never the document itself or a twin (the same caption or the same
/// picture), nothing that is nearly the document, its caption or its picture, or shows the same picture saved anew,
/// no two that say nearly the same. Some documents get none, so that a model needs none.
public final class Neighbours {
    private static final int BY_TEXT = 2, BY_IMAGE = 2;
    private static final String TENANT = "corpus";
    private static final int AT_ONCE = 1000;

    /// Cosine of two pictures above which one is the other saved anew, and would be copied: by the encoder of
    /// `scenes` at least 0.985 for a JPEG of quality 0.75. Pictures of one subject, which `clip.twins` teaches
    /// to be near and which are to stand before each other, came to 0.97 at most, and a third of them to more than
    /// 0.9.
    private static final double SAME_PICTURE = 0.98;

    private final VectorIndex index;
    private final List<Encoded> documents;
    private final Function<int[], float[]> search;
    private final TrainingConfiguration.Shards settings;
    private final QueryDropout dropout;
    private final Map<Object, Set<String>> twins = new HashMap<>(); // ids by caption, and by picture

    /// @param text its ids
    /// @param front the words that ask for the caption, or for the answer of what is a question
    /// @param answer what is said then
    /// @param byText vector of the caption
    /// @param byImage vector of the picture
    public record Encoded(
            String caption, int[] text, String front, String answer, int[] codes, float[] byText, float[] byImage) {
        /// Whether the caption has a question before what is asked for.
        public boolean isQuestion() {
            return !answer.equals(caption);
        }

        /// The mean of both, of length 1.
        float[] vector() {
            return Vectors.document(byText, byImage);
        }

        VectorIndex.Embedding embedding() {
            return new VectorIndex.Embedding(vector(), byImage);
        }

        public CaptionedImage captioned() {
            return new CaptionedImage(text, codes);
        }

        /// What is equal for equal pictures.
        IntBuffer picture() {
            return IntBuffer.wrap(codes);
        }
    }

    /// @param index empty; it is filled
    /// @param heldOut places of documents that are never in front: training would learn them there
    /// @param search vector of a text of these ids
    public Neighbours(
            VectorIndex index,
            List<Encoded> documents,
            BitSet heldOut,
            Function<int[], float[]> search,
            TrainingConfiguration.Shards settings) {
        this.index = index;
        this.documents = documents;
        this.search = search;
        this.settings = settings;
        this.dropout = new QueryDropout(settings.queryDropout());
        List<VectorIndex.Entry> entries = new ArrayList<>();
        for (int at = 0; at < documents.size(); at++) {
            Encoded document = documents.get(at);
            for (Object same : List.of(document.caption, document.picture()))
                twins.computeIfAbsent(same, _ -> new HashSet<>()).add(id(at));
            if (!heldOut.get(at))
                entries.add(new VectorIndex.Entry(id(at), document.embedding(), TENANT, true, true, Set.of(), "", ""));
            if (entries.size() == AT_ONCE) {
                index.upsert(entries);
                entries.clear();
            }
        }
        if (!entries.isEmpty()) index.upsert(entries);
    }

    private static String id(int at) {
        return "%09d".formatted(at);
    }

    /// Places of the documents before the one at this place.
    public List<Integer> of(int at, RandomGenerator random) {
        if (none(random)) return List.of();
        Encoded document = documents.get(at);
        int[] words = dropout.drop(document.text, random);
        List<Hit> chosen = new ArrayList<>();
        nearest(VectorField.DOCUMENT, search.apply(words), BY_TEXT, document, chosen);
        nearest(VectorField.DOCUMENT, document.byImage, BY_IMAGE, document, chosen);
        Options.shuffle(chosen, random);
        return places(chosen.subList(0, Math.min(chosen.size(), some(random))));
    }

    /// Those before a picture whose caption is asked for: found by the picture alone, the best first, as the platform
    /// finds them.
    public List<Integer> byPicture(int at, RandomGenerator random) {
        if (none(random)) return List.of();
        Encoded document = documents.get(at);
        List<Hit> chosen = new ArrayList<>();
        nearest(VectorField.IMAGE, document.byImage, some(random), document, chosen);
        return places(chosen);
    }

    private boolean none(RandomGenerator random) {
        return settings.neighbours() == 0 || random.nextDouble() < settings.without();
    }

    private int some(RandomGenerator random) {
        int least = settings.leastNeighbours();
        return least + random.nextInt(settings.neighbours() - least + 1);
    }

    private static List<Integer> places(List<Hit> hits) {
        return hits.stream().map(hit -> Integer.valueOf(hit.id())).toList();
    }

    /// Adds the best that are neither a twin of the document, nor too near to it or to the query, nor to one
    /// that is there.
    private void nearest(VectorField field, float[] query, int count, Encoded document, List<Hit> chosen) {
        Set<String> excluded = new HashSet<>();
        for (Object same : List.of(document.caption, document.picture()))
            excluded.addAll(twins.getOrDefault(same, Set.of()));
        chosen.forEach(hit -> excluded.add(hit.id()));
        var filter =
                VectorIndex.Filter.of(Set.of(TENANT)).modalities(true, true).exclude(excluded);
        float[] vector = document.vector();
        for (int k = 16; ; k *= 8) {
            List<Hit> found = index.search(field, query, k, filter), good = new ArrayList<>();
            for (Hit hit : found) {
                if (good.size() == count) break;
                if (tooNear(query, hit) || tooNear(vector, hit)) continue;
                if (tooNear(document.byText, hit) || tooNear(document.byImage, hit)) continue;
                if (looksTheSame(document, hit)) continue;
                if (chosen.stream().anyMatch(other -> tooNear(other.vector(), hit))) continue;
                if (good.stream().noneMatch(other -> tooNear(other.vector(), hit))) good.add(hit);
            }
            if (good.size() == count || found.size() < k) {
                chosen.addAll(good);
                return;
            }
        }
    }

    private boolean tooNear(float[] vector, Hit hit) {
        return tooNear(vector, hit.vector());
    }

    /// A picture that was saved anew has other codes than the document's, and may have another caption.
    private boolean looksTheSame(Encoded document, Hit hit) {
        return Vectors.dot(document.byImage, documents.get(Integer.parseInt(hit.id())).byImage) > SAME_PICTURE;
    }

    private boolean tooNear(float[] one, float[] other) {
        return Vectors.dot(one, other) > settings.maxSimilarity();
    }
}
