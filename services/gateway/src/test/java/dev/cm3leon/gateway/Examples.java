package dev.cm3leon.gateway;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.gateway.intake.ServedModel;
import dev.cm3leon.gateway.state.Recorded;
import java.time.Instant;
import java.util.List;

/// Literals that several tests share: one job from request to result, and a model without weights.
public final class Examples {

    public static final Instant START = Instant.parse("2026-11-24T12:00:00Z");
    public static final String KEY = "images/ab/" + "0".repeat(62) + ".png";
    public static final ObjectRef IMAGE = new ObjectRef(KEY, "image/png", 1000);

    private Examples() {}

    public static GenerationRequest request(String id) {
        return request(id, "public");
    }

    public static GenerationRequest request(String id, String tenant) {
        return new GenerationRequest(
                id,
                tenant,
                "tiny@0.0.1",
                List.of(new Part.Text("a cat in a red hat"), new Part.Hole(Modality.IMAGE)),
                new Sampling(Decoding.TOP_P, 1.0, 0.9, 3.0, 0.5, 6, 32),
                2,
                1,
                List.of(),
                7,
                null);
    }

    /// One job as it usually goes, an event each 10 ms.
    public static List<Recorded<GenerationEvent>> job(String id) {
        var request = request(id);
        List<GenerationEvent> events = List.of(
                new GenerationRequested(request, START),
                new EvidenceRetrieved(
                        request,
                        List.of(new Evidence("doc-1", 0.8, "a cat", IMAGE, List.of("cat"))),
                        "memory",
                        List.of("hat")),
                new PromptTokenized(request, "tiny@0.0.1", new ObjectRef("streams/1", "application/json", 10), 80, 4),
                new GenerationProgress(id, 2, 4, 100, List.of(5, 6), "tiny@0.0.1"),
                new CandidatesGenerated(
                        request, "tiny@0.0.1", new ObjectRef("candidates/1", "application/json", 10), 0.1),
                new CandidatesDecoded(
                        request,
                        "tiny@0.0.1",
                        List.of(
                                new Candidate(0, Decoding.TOP_P, null, IMAGE, -2, -3),
                                new Candidate(1, Decoding.TOP_P, null, IMAGE, -1, -3))),
                completed(id));
        List<Recorded<GenerationEvent>> job = new java.util.ArrayList<>();
        for (int i = 0; i < events.size(); i++) job.add(recorded(events.get(i), START.plusMillis(10L * i)));
        return job;
    }

    public static GenerationCompleted completed(String id) {
        return new GenerationCompleted(
                id,
                "tiny@0.0.1",
                7,
                List.of(
                        new RankedCandidate(1, 1, Decoding.TOP_P, null, IMAGE, 2, 0.3, 1.2),
                        new RankedCandidate(2, 0, Decoding.TOP_P, null, IMAGE, 1, 0.2, 0.4)));
    }

    public static <E extends Event> Recorded<E> recorded(E event, Instant at) {
        return new Recorded<>(event.eventId(), "a-service", at, event);
    }

    /// A model that encodes a word as one token, for images of 2x2 cells, with a context of 64 tokens.
    public static ServedModel model() {
        return new ServedModel(
                "tiny",
                "1",
                "Apache-2.0",
                8,
                PromptLayout.of(new Vocabulary(100, 16, 4), new Grid(2), 64),
                new ServedModel.Defaults(1.0, 0.9, 0.05, 3.0, 4.0, 1.25, 0.5, 6, 16, 2, 0, GuidanceOn.PROMPT, true),
                text -> new int[text.isBlank() ? 0 : text.strip().split(" +").length],
                codes -> new byte[] {(byte) codes.length},
                () -> {});
    }
}
