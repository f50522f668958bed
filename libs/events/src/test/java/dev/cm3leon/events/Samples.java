package dev.cm3leon.events;

import dev.cm3leon.events.DocumentEvent.*;
import dev.cm3leon.events.GenerationEvent.*;
import dev.cm3leon.events.IndexEvent.*;
import dev.cm3leon.events.ModelEvent.*;
import dev.cm3leon.events.SearchEvent.*;
import dev.cm3leon.events.TrainingEvent.*;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// One event of every type, as its golden file tells it.
final class Samples {

    static final Instant AT = Instant.parse("2026-11-24T20:00:00.123456Z");

    static final ObjectRef IMAGE = new ObjectRef("images/ab/cd.png", "image/png", 4321);
    static final ObjectRef IDS = new ObjectRef("ids/ef/01.json", "application/json", 987);

    static final Sampling SAMPLING = new Sampling(Decoding.BOTH, 0.9, 0.95, 3.5, 0.25, 5, 48);

    static final DocumentFilter FILTER =
            new DocumentFilter(List.of(Modality.IMAGE), List.of("CC0-1.0"), List.of("sana"));

    static final GenerationRequest REQUEST = new GenerationRequest(
            "g-1",
            "public",
            "demo@1",
            List.of(new Part.Text("a red hat"), new Part.Image(IMAGE), new Part.Hole(Modality.IMAGE)),
            SAMPLING,
            4,
            2,
            List.of("mira"),
            FILTER,
            42,
            Instant.parse("2026-11-24T20:05:00Z"));

    static final Document DOCUMENT =
            new Document("mira", "public", "Mira, with blue hair", IMAGE, "CC0-1.0", "demo bank");

    static final List<Event> EVENTS = List.of(
            new GenerationRequested(REQUEST, AT),
            new EvidenceRetrieved(
                    REQUEST,
                    List.of(new Evidence("mira", 0.875, "Mira, with blue hair", IMAGE, List.of("mira"))),
                    "lucene:550@index",
                    List.of("zeppelin")),
            new PromptTokenized(REQUEST, "demo@1", IDS, 181, 66),
            new GenerationProgress("g-1", 12, 66, 310.5, List.of(3, 1023, 0), "demo@1"),
            new CandidatesGenerated(REQUEST, "demo@1", IDS, 1.5),
            new CandidatesDecoded(
                    REQUEST,
                    "demo@1",
                    List.of(
                            new Candidate(0, Decoding.TOP_P, null, IMAGE, -2.5, -3.25),
                            new Candidate(1, Decoding.CD_K, "a hat", null, -1.5, -2.0))),
            new GenerationCompleted(
                    "g-1",
                    "demo@1",
                    42,
                    List.of(
                            new RankedCandidate(0, 1, Decoding.TOP_P, null, IMAGE, 0.75, 0.5, 1.25),
                            new RankedCandidate(1, 0, Decoding.CD_K, "a hat", null, 0.5, null, 0.5))),
            new GenerationFailed("g-1", "generate", "the deadline has passed", "demo@1"),
            new GenerationCancelRequested("g-1", AT),
            new GenerationCancelled("g-1", "generate", "demo@1"),
            new DocumentAdded(DOCUMENT, AT),
            new DocumentTokenized(DOCUMENT, "demo@1", AT),
            new DocumentIndexed("mira", "lucene:551@index", AT),
            new DocumentRemoved("mira", AT),
            new DocumentRejected("mira", "tokenize", "the image is no PNG", AT),
            new SearchRequested("s-1", List.of("public"), "blue hair", IMAGE, 5, FILTER, AT),
            new SearchCompleted(
                    "s-1",
                    List.of(
                            new Found("mira", 0.875, "Mira, with blue hair", IMAGE, List.of("blue", "hair")),
                            new Found("hat", 0.25, null, null, List.of())),
                    "lucene:550@index",
                    550),
            new SearchFailed("s-1", "the text is empty"),
            new TrainingRequested("r-1", "public", "{\"steps\":10}", AT),
            new TrainingStarted("r-1", 2, "local", AT, null),
            new TrainingWaiting("r-1", 2, "exceeded quota: training", AT),
            new TrainingProgress("r-1", "pretrain", 100, 3000, 2.5, 51_000.5, 61.25, Map.of("loss_image", 3.125)),
            new CheckpointSaved("r-1", "pretrain", 100, "runs/r-1/pretrain-100"),
            new TrainingCompleted("r-1", "demo@2", 1801.5),
            new TrainingFailed("r-1", "pretrain", "the loss is no number"),
            new TrainingSuspensionRequested("r-1", true, AT),
            new TrainingSuspensionChanged("r-1", true, AT),
            new TrainingCancelRequested("r-1", AT),
            new TrainingCancelled("r-1"),
            new ModelPublished(
                    "demo@2",
                    new ObjectRef("models/demo/2/manifest.json", "application/json", 1234),
                    "r-1",
                    Map.of("psnr", 27.5),
                    "CC-BY-4.0",
                    AT),
            new ModelPromoted("demo@2", 0.25, AT),
            new ModelRolledBack("demo@2", AT),
            new IndexRebuildRequested("b-1", "another index type", "v2_1f3a90bc_exact_0", false, AT),
            new IndexRebuildProgress("b-1", 640, 10_000),
            new IndexRebuilt("b-1", "lucene:v2_1f3a90bc_exact_1795550000000", 9_990, 3, 61.5),
            new IndexRebuildFailed("b-1", "the log has 3 documents, the index 10"),
            new IndexReachability("i-1", "could not search the index at http://milvus:19530: UNAVAILABLE", AT),
            new IndexStatusRequested("q-1", AT),
            new IndexStatus("q-1", "lucene:v2_1f3a90bc_exact_0", 550, 560, "another encoder"));

    private Samples() {}
}
