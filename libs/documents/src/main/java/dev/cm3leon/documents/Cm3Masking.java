package dev.cm3leon.documents;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/// The CM3 objective (section 2.2): some spans of a block are replaced by sentinels and moved to its end, so that
/// one causal model learns to continue and to infill. Cells travel with their ids.
///
/// A span never contains `B`; empty spans are dropped; the first token is never masked.
///
/// @param lambda mean of the Poisson number of spans
/// @param wholeSegment probability that spans are whole segments between breaks instead of uniform: what makes text
///     infilling and the unconditional stream of guidance trainable
public record Cm3Masking(Vocabulary vocabulary, double lambda, double wholeSegment) {

    /// Tokens start (inclusive) to end (exclusive) of a block.
    public record Span(int start, int end) {
        int length() {
            return end - start;
        }

        int overlap(Span other) {
            return Math.max(0, Math.min(end, other.end) - Math.max(start, other.start));
        }
    }

    public Cm3Masking {
        if (!(lambda >= 0)) throw new IllegalArgumentException("need lambda >= 0, got " + lambda);
        if (!(wholeSegment >= 0 && wholeSegment <= 1)) {
            throw new IllegalArgumentException("need 0 <= wholeSegment <= 1, got " + wholeSegment);
        }
    }

    /// Masks a packed block; the result is as long as the block: the end of what stays is cut off, moved spans
    /// never are.
    public TokenStream mask(TokenStream block, RandomGenerator random) {
        return truncate(block, spans(block, random));
    }

    /// Masks a document that is kept whole; the result is longer by three tokens a span. Where it would have
    /// more than `most`, the document stays as it is.
    public TokenStream maskWhole(TokenStream document, int most, RandomGenerator random) {
        TokenStream masked = rotate(document, spans(document, random));
        return masked.length() <= most ? masked : document;
    }

    /// The spans of one draw, clipped, in order.
    public List<Span> spans(TokenStream block, RandomGenerator random) {
        int n = Math.min(poisson(random), vocabulary.sentinels() - 1);
        return clip(block, draw(block, n, random));
    }

    /// Spans before clipping: n at most, disjoint, in no order.
    List<Span> draw(TokenStream block, int n, RandomGenerator random) {
        if (n == 0) return List.of();
        List<Span> segments = segments(block);
        boolean whole = (n == 1 ? !segments.isEmpty() : n < segments.size()) && random.nextDouble() < wholeSegment;
        if (whole) return choose(segments, n, random);

        var candidates = new ArrayList<Span>();
        for (int i = 0; i < n * n; i++) candidates.add(uniform(block.length(), random));
        var kept = new ArrayList<Span>();
        while (kept.size() < n && !candidates.isEmpty()) {
            Span candidate = candidates.removeLast();
            if (candidate.length() > 0 && kept.stream().allMatch(k -> k.overlap(candidate) == 0)) kept.add(candidate);
        }
        return kept;
    }

    /// Each span keeps its part in the segment it overlaps most (the first of equals), or is dropped.
    List<Span> clip(TokenStream block, List<Span> spans) {
        List<Span> segments = segments(block);
        var clipped = new ArrayList<Span>();
        for (Span span : spans) {
            Span most = new Span(0, 0);
            for (Span segment : segments) if (segment.overlap(span) > most.overlap(span)) most = segment;
            if (most.overlap(span) == 0) continue;
            clipped.add(new Span(Math.max(span.start, most.start), Math.min(span.end, most.end)));
        }
        clipped.sort(Comparator.comparingInt(Span::start));
        return List.copyOf(clipped);
    }

    /// What lies between breaks: the first token and the breaks left out, empty ones too.
    List<Span> segments(TokenStream block) {
        var segments = new ArrayList<Span>();
        int start = 1;
        for (int i = 0; i <= block.length(); i++) {
            if (i < block.length() && block.ids()[i] != vocabulary.breakId()) continue;
            if (i > start) segments.add(new Span(start, i));
            start = i + 1;
        }
        return segments;
    }

    /// The block with its spans moved to the end, not cut: three tokens longer for each span.
    TokenStream rotate(TokenStream block, List<Span> spans) {
        return source(block, spans).then(moved(block, spans));
    }

    /// As long as the block. A block too short to hold its moved spans stays as it is.
    TokenStream truncate(TokenStream block, List<Span> spans) {
        TokenStream moved = moved(block, spans);
        if (moved.length() >= block.length()) return block;
        return source(block, spans).slice(0, block.length() - moved.length()).then(moved);
    }

    private TokenStream source(TokenStream block, List<Span> spans) {
        var source = new TokenStream.Builder();
        int from = 0;
        for (int i = 0; i < spans.size(); i++) {
            source.append(block, from, spans.get(i).start).append(vocabulary.sentinel(i));
            from = spans.get(i).end;
        }
        return source.append(block, from, block.length()).build();
    }

    private TokenStream moved(TokenStream block, List<Span> spans) {
        var moved = new TokenStream.Builder();
        for (int i = 0; i < spans.size(); i++) {
            moved.append(vocabulary.sentinel(i))
                    .append(block, spans.get(i).start, spans.get(i).end)
                    .append(vocabulary.eoss());
        }
        return moved.build();
    }

    private static Span uniform(int length, RandomGenerator random) {
        double a = random.nextDouble(), b = random.nextDouble();
        int start = Math.max(1, (int) Math.floor(Math.min(a, b) * length));
        int end = (int) Math.floor(Math.max(a, b) * length + 0.5);
        return new Span(start, Math.max(start, end));
    }

    private static List<Span> choose(List<Span> segments, int n, RandomGenerator random) {
        var left = new ArrayList<>(segments);
        var chosen = new ArrayList<Span>();
        while (chosen.size() < n) chosen.add(left.remove(random.nextInt(left.size())));
        return chosen;
    }

    /// Knuth's product of uniforms.
    private int poisson(RandomGenerator random) {
        double limit = Math.exp(-lambda), product = random.nextDouble();
        int n = 0;
        while (product > limit) {
            product *= random.nextDouble();
            n++;
        }
        return n;
    }
}
