package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.evaluation.PlatformClient.Found;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Documents that an evaluation searches, and no others: what the platform keeps besides, from a demo or from other
/// evaluations, may show the same under other names. They are under a licence of their own, which their content makes,
/// so a request, and with it the hash of a specification, says what was searched.
final class MemoryBank {
    private static final int AT_ONCE = 8, TELL = 100;

    private final PlatformClient platform;
    private final String name;
    private final List<Document> documents;
    private final String licence;
    private boolean isIngested;

    record Document(String id, String text, byte[] png) {}

    /// @param name of what is in it, for people
    MemoryBank(PlatformClient platform, String name, List<Document> documents) {
        this.platform = platform;
        this.name = name;
        this.documents = List.copyOf(documents);
        this.licence = "evaluation, %s, %s"
                .formatted(name, EvaluationSpecification.sha256(documents).substring(0, 12));
    }

    /// Of a request that looks for documents here.
    Map<String, Object> find(int count) {
        return find(count, List.of(this));
    }

    /// The same in several.
    static Map<String, Object> find(int count, List<MemoryBank> banks) {
        banks.forEach(MemoryBank::ingest);
        return Map.of(
                "documents",
                count,
                "licences",
                banks.stream().map(bank -> bank.licence).toList());
    }

    /// Of a request that has these documents in front, the first one first.
    Map<String, Object> give(String... ids) {
        ingest();
        return Map.of("given", List.of(ids));
    }

    /// What a search finds here, the best first.
    ///
    /// @param text to look for; blank for the picture alone
    /// @param png to look for, or null for the text alone
    List<Found> search(String text, byte @Nullable [] png, int k) {
        ingest();
        return platform.search(text, png, licence, k);
    }

    int size() {
        return documents.size();
    }

    /// What it is called in a specification.
    String licence() {
        return licence;
    }

    /// Once, and returns when all can be found.
    void ingest() {
        if (isIngested) return;
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<String>> taken = documents.stream()
                    .map(one -> threads.submit(() -> platform.addDocument(one.id, one.text, one.png, licence)))
                    .toList();
            for (int i = 1; i <= taken.size(); i++) {
                taken.get(i - 1).get();
                if (i % TELL == 0 || i == taken.size())
                    System.err.println("ingesting %s: %d of %d".formatted(name, i, taken.size()));
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException refused ? refused : new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while documents were taken in", e);
        }
        documents.forEach(one -> platform.awaitIndexed(one.id));
        isIngested = true;
    }
}
