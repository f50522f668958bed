package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.Terms;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetrieverTest {

    private static final Set<String> KNOWN = Set.of("red", "blue", "green", "jacket", "hair");

    @TempDir
    static Path folder;

    private final MemoryVectorIndex index = new MemoryVectorIndex();
    private final Indexer indexer =
            new Indexer(index, RetrieverTest::embedding, new Tombstones(new MemoryObjectStore()), ListedDocuments.NONE);
    private final HybridSearch search =
            new HybridSearch(index, RetrieverTest::colours, RetrieverTest::colours, new RareWords(KNOWN));
    private final Retriever retriever = new Retriever(search, new RetrieverProperties(0.9, 32));

    @Test
    void withRetrievalOffThereIsNoEvidence() {
        add("a", "public", "red jacket", true);

        EvidenceRetrieved retrieved = retrieve(request("red blue jacket", 0));

        assertThat(retrieved.evidence()).isEmpty();
        assertThat(retrieved.indexVersion()).isEmpty();
    }

    @Test
    void findsTheNearestDocumentsByWhatThePromptDescribes() {
        add("red", "public", "red jacket", true);
        add("green", "public", "green jacket", true);
        add("blue", "public", "blue jacket", true);

        assertThat(ids(retrieve(request("red red blue jacket", 2)))).containsExactly("red", "blue");
    }

    @Test
    void copiesOfThePromptDoNotHideWhatIsBehindThem() {
        for (int i = 0; i < 200; i++) add("copy" + i, "public", "red jacket", true);
        add("behind", "public", "red blue jacket", true);
        add("further", "public", "red blue green jacket", true);

        assertThat(ids(retrieve(request("red jacket", 2)))).containsExactly("behind", "further");
    }

    @Test
    void copiesOfEachOtherDoNotHideWhatIsBehindThem() {
        for (int i = 0; i < 40; i++) add("same" + i, "public", "red red red", true);
        add("behind", "public", "blue", true);

        assertThat(ids(retrieve(request("red red blue green", 2)))).containsExactly("same0", "behind");
    }

    @Test
    void nobodyLooksOnWithoutAnEnd() {
        for (int i = 0; i < 600; i++) add("copy" + i, "public", "red jacket", true);
        var searches = new AtomicInteger();
        var counting = new HybridSearch(
                counted(searches), RetrieverTest::colours, RetrieverTest::colours, new RareWords(KNOWN));

        new Retriever(counting, new RetrieverProperties(0.9, 32)).retrieve(request("red jacket", 1));

        assertThat(searches).hasValue(3); // for 32, 128 and 512
    }

    @Test
    void theDocumentThatHasTheNameWinsOverOneThatLooksAlike() {
        add("alike", "public", "red blue jacket", true);
        add("named", "public", "Mira Okafor, green hair", true);
        add("half", "public", "Mira Lind, red hair", true);

        EvidenceRetrieved retrieved = retrieve(request("Mira Okafor, red red blue jacket", 1));

        assertThat(ids(retrieved)).containsExactly("named");
        assertThat(retrieved.evidence().getFirst().matchedTerms()).containsExactly("mira", "okafor");
        assertThat(retrieved.unknownWords()).isEmpty();
    }

    @Test
    void aMisspeltWordDoesNotHideTheName() {
        for (int i = 0; i < 40; i++) add("near" + i, "public", "Mira Lind, red hair", true);
        add("named", "public", "Mira Okafor, green hair", true);

        EvidenceRetrieved retrieved = retrieve(request("Mira Okafor, redd red jacket", 1));

        assertThat(ids(retrieved)).containsExactly("named");
        assertThat(retrieved.unknownWords()).containsExactly("redd");
    }

    @Test
    void severalMisspeltWordsDoNotHideTheName() {
        for (int i = 0; i < 40; i++) add("near" + i, "public", "Mira Lind, red hair", true);
        add("named", "public", "Mira Okafor, green hair", true);

        EvidenceRetrieved retrieved = retrieve(request("Mira Okafor, redd red jackett", 1));

        assertThat(ids(retrieved)).containsExactly("named");
        assertThat(retrieved.unknownWords()).containsExactly("redd", "jackett");
    }

    @Test
    void ofTwoNamesEachIsFoundHoweverManyPicturesThereAreOfOne() {
        for (int i = 0; i < 40; i++) add("mupa" + i, "public", "Mupa, red hair", true);
        add("the other", "public", "Zilo, green hair", true);

        EvidenceRetrieved retrieved = retrieve(request("Mupa and Zilo, red red jacket", 2));

        assertThat(ids(retrieved)).containsExactly("mupa0", "the other");
    }

    @Test
    void ofManyRareWordsNoneIsLeftOut() {
        add("named", "public", "Mira Okafor, green hair", true);
        var searches = new AtomicInteger();
        var counting = new HybridSearch(
                counted(searches), RetrieverTest::colours, RetrieverTest::colours, new RareWords(KNOWN));

        counting.find(counting.query("Mira Okafor " + words(52)), Filter.of(Set.of("public")), 1);

        assertThat(searches).hasValue(3);
    }

    private VectorIndex counted(AtomicInteger searches) {
        return (VectorIndex) Proxy.newProxyInstance(
                VectorIndex.class.getClassLoader(), new Class<?>[] {VectorIndex.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("search")) searches.incrementAndGet();
                    return method.invoke(index, arguments);
                });
    }

    @Test
    void aLongTextIsLookedForToo() {
        try (Bank bank = Bank.inFolder(folder, "clip")) {
            var lucene = new HybridSearch(bank, RetrieverTest::colours, RetrieverTest::colours, new RareWords(KNOWN));

            assertThat(lucene.find(lucene.query(words(1100)), Filter.of(Set.of("public")), 1))
                    .isEmpty();
        }
    }

    private static String words(int count) {
        return IntStream.range(0, count).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
    }

    @Test
    void saysWhichWordsNobodyKnows() {
        add("red", "public", "red jacket", true);

        assertThat(retrieve(request("a red zeppelin with a blue jacket", 1)).unknownWords())
                .containsExactly("zeppelin");
    }

    @Test
    void aDocumentWithoutImageIsNoEvidence() {
        add("text only", "public", "Mira Okafor, red hair", false);
        add("both", "public", "blue hair", true);

        assertThat(ids(retrieve(request("Mira Okafor, red blue jacket", 1)))).containsExactly("both");
    }

    @Test
    void anotherTenantsDocumentsAreNotSeen() {
        add("theirs", "acme", "Mira Okafor, red hair", true);
        add("mine", "me", "green hair", true);

        assertThat(ids(retrieve(request("Mira Okafor, red blue jacket", 2)))).containsExactly("mine");
    }

    @Test
    void documentsThatAreGivenAreUsedAsTheyAre() {
        add("a", "public", "red jacket", true);
        add("b", "me", "blue jacket", true);

        assertThat(ids(retrieve(given("green jacket", "b", "a")))).containsExactly("b", "a");
    }

    @Test
    void aGivenDocumentThatIsNotThereFailsTheJobByName() {
        add("theirs", "acme", "red jacket", true);

        assertThat(retriever.retrieve(given("red jacket", "theirs")))
                .isEqualTo(new GenerationFailed("g", "retrieve", "there is no document 'theirs'", null));
    }

    @Test
    void aGivenDocumentWithoutImageFailsTheJob() {
        add("words", "public", "red jacket", false);

        assertThat(retriever.retrieve(given("red jacket", "words")))
                .isEqualTo(new GenerationFailed("g", "retrieve", "document 'words' has no image", null));
    }

    @Test
    void aCaptionSearchesByThePictureThatIsThereHoweverLikeItADocumentIs() {
        add("red", "public", "Mira Okafor, red jacket", true);
        add("blue", "public", "blue jacket", true);
        add("theirs", "acme", "red jacket", true);

        EvidenceRetrieved retrieved = retrieve(requestOf(captionOf("images/red.png"), 1, List.of()));

        assertThat(ids(retrieved)).containsExactly("red");
        assertThat(retrieved.evidence().getFirst().score()).isGreaterThan(0.99);
        assertThat(retrieved.unknownWords()).isEmpty();
    }

    @Test
    void whatIsLookedForByAPictureIsComparedWithPicturesWhateverTheirTextsSay() {
        add("blue", "public", "red red red", true);
        add("red", "public", "Mira Okafor, blue blue blue", true);

        assertThat(ids(retrieve(requestOf(captionOf("images/red.png"), 1, List.of()))))
                .containsExactly("red");
        assertThat(ids(retrieve(request("red red blue green jacket", 1)))).containsExactly("blue");
    }

    @Test
    void aDocumentThatIsGivenForACaptionIsComparedWithThePictureAndNoWordOfTheInstructionIsUnknown() {
        add("red", "public", "Mira Okafor, red jacket", true);

        EvidenceRetrieved retrieved = retrieve(requestOf(captionOf("images/red.png"), 1, List.of("red")));

        assertThat(retrieved.evidence().getFirst().score()).isGreaterThan(0.99);
        assertThat(retrieved.unknownWords()).isEmpty();
    }

    @Test
    void aDocumentWithoutImageThatIsGivenForACaptionFailsTheJobForThat() {
        add("words", "public", "red jacket", false);

        assertThat(retriever.retrieve(requestOf(captionOf("images/red.png"), 1, List.of("words"))))
                .isEqualTo(new GenerationFailed("g", "retrieve", "document 'words' has no image", null));
    }

    @Test
    void aCaptionThatWantsNoDocumentsSearchesNothing() {
        add("red", "public", "red jacket", true);

        assertThat(retrieve(requestOf(captionOf("images/red.png"), 0, List.of()))
                        .evidence())
                .isEmpty();
    }

    @Test
    void aPictureThatIsGoneFailsTheJobByName() {
        add("red", "public", "red jacket", true);

        assertThat(retriever.retrieve(requestOf(captionOf("images/gone.png"), 1, List.of())))
                .isEqualTo(new GenerationFailed("g", "retrieve", "there is no image images/gone.png", null));
    }

    private static List<Part> captionOf(String image) {
        return List.of(
                new Part.Text("Describe the given picture. "),
                new Part.Hole(Modality.TEXT),
                new Part.Image(new ObjectRef(image, "image/png", 1)));
    }

    private void add(String id, String tenant, String text, boolean withImage) {
        ObjectRef image = withImage ? new ObjectRef("images/" + id + ".png", "image/png", 10) : null;
        Document document = new Document(id, tenant, text, image, "CC0-1.0", null);
        indexer.index(List.of(new DocumentTokenized(document, "tiny@1", Instant.EPOCH)));
    }

    private EvidenceRetrieved retrieve(GenerationRequested requested) {
        GenerationEvent event = retriever.retrieve(requested);
        assertThat(event).isInstanceOf(EvidenceRetrieved.class);
        return (EvidenceRetrieved) event;
    }

    private static List<String> ids(EvidenceRetrieved retrieved) {
        return retrieved.evidence().stream().map(Evidence::document).toList();
    }

    private static GenerationRequested request(String text, int documents) {
        return requestOf(List.of(new Part.Text(text), new Part.Hole(Modality.IMAGE)), documents, List.of());
    }

    private static GenerationRequested given(String text, String... documents) {
        return requestOf(List.of(new Part.Text(text), new Part.Hole(Modality.IMAGE)), 1, List.of(documents));
    }

    private static GenerationRequested requestOf(List<Part> parts, int documents, List<String> given) {
        Sampling sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 1, 0.5, 8, 32);
        return new GenerationRequested(
                new GenerationRequest("g", "me", null, parts, sampling, 1, documents, given, 7, null), Instant.EPOCH);
    }

    /// A picture shows the colours that its name has.
    private static float[] colours(ObjectRef image) {
        if (image.key().contains("gone")) throw new IllegalArgumentException("there is no image " + image.key());
        return colours(image.key());
    }

    private static Embedding embedding(Document document) {
        ObjectRef image = document.image();
        float[] text = colours(document.text());
        return new Embedding(text, image == null ? text : colours(image));
    }

    /// Counts of colour words, normalised: text about the same colours is near. A constant fourth axis stands for the
    /// rest.
    private static float[] colours(@Nullable String text) {
        float[] vector = {0, 0, 0, 0.5f};
        for (String word : String.valueOf(text).split("\\P{L}+")) {
            int axis = List.of("red", "blue", "green").indexOf(word);
            if (axis >= 0) vector[axis]++;
        }
        double norm = Math.sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2] + 0.25);
        for (int i = 0; i < 4; i++) vector[i] /= (float) norm;
        return vector;
    }

    @Test
    void wordsAreComparedWithoutCaseAndPunctuation() {
        assertThat(new RareWords(KNOWN).of("Draw MIRA, a Red jacket; mira!")).isEqualTo(Terms.of("mira"));
    }
}
