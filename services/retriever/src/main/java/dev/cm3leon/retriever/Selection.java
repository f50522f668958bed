package dev.cm3leon.retriever;

import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which of the documents found a prompt is conditioned on (CM3Leon section 2.1): the most relevant first, no copy of
/// the query, no two that say the same.
///
/// Rare words outrank vectors: a name that training never saw means nothing to CLIP, so the document that has it must
/// win over one that merely looks alike. For the same reason the relevance cap spares a document that has a rare
/// word: the cap is there so that training does not learn to copy its own target, but a user who names a character
/// wants just that document, however close to the prompt its caption is. Diversity among the chosen holds for
/// documents that add no rare word: two names are two things, however alike their pictures are.
final class Selection {

    private Selection() {}

    /// A document found, and the rare words of the query that it has.
    record Match(Hit hit, List<String> terms) {
        Match {
            terms = List.copyOf(terms);
        }
    }

    /// The best documents, at most `count` of them, in the order in which the query names them.
    ///
    /// @param rareTerms in the order of the query
    /// @param toQuery the largest cosine with the query, where no rare word matched
    /// @param toEachOther the largest cosine among the chosen
    static List<Match> choose(
            Collection<Hit> found, Set<String> rareTerms, int count, double toQuery, double toEachOther) {
        List<Match> chosen = new ArrayList<>();
        for (Match match : ranked(found, rareTerms)) {
            if (chosen.size() == count) break;
            boolean copiesQuery = match.terms().isEmpty() && match.hit().score() > toQuery;
            boolean repeats = chosen.stream()
                    .anyMatch(c -> c.terms().containsAll(match.terms())
                            && Vectors.dot(c.hit().vector(), match.hit().vector()) > toEachOther);
            if (!copiesQuery && !repeats) chosen.add(match);
        }
        return chosen.stream()
                .sorted(Comparator.comparingInt(match -> mention(match, rareTerms)))
                .toList();
    }

    /// Where the query first says a rare word that the document has; last for a document that has none. The model reads
    /// documents in the order in which the prompt names them.
    private static int mention(Match match, Set<String> rareTerms) {
        int at = 0;
        for (String term : rareTerms) {
            if (match.terms().contains(term)) return at;
            at++;
        }
        return at;
    }

    /// Every document once: first those that each add the most rare words which none before it has, then by the number
    /// of rare words, then by cosine, then by id.
    static List<Match> ranked(Collection<Hit> found, Set<String> rareTerms) {
        Set<String> seen = new HashSet<>();
        List<Match> left = new ArrayList<>(found.stream()
                .filter(hit -> seen.add(hit.id()))
                .map(hit -> new Match(
                        hit, rareTerms.stream().filter(hit.terms()::contains).toList()))
                .sorted(Comparator.comparingInt((Match match) -> -match.terms().size())
                        .thenComparingDouble(match -> -match.hit().score())
                        .thenComparing(match -> match.hit().id()))
                .toList());
        List<Match> ranked = new ArrayList<>();
        Set<String> missing = new HashSet<>(rareTerms);
        while (true) {
            Match next = null;
            for (Match match : left) {
                if (added(match, missing) > (next == null ? 0 : added(next, missing))) next = match;
            }
            if (next == null) break;
            left.remove(next);
            ranked.add(next);
            missing.removeAll(next.terms());
        }
        ranked.addAll(left);
        return ranked;
    }

    private static long added(Match match, Set<String> missing) {
        return match.terms().stream().filter(missing::contains).count();
    }
}
