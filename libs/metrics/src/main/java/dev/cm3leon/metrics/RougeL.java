package dev.cm3leon.metrics;

import java.util.List;

/// ROUGE-L: longest common subsequence with each reference, the best precision and the best recall put together
/// with beta 1.2. Tokens lie between single blanks here, so an empty text is one empty token.
public final class RougeL {
    private static final double BETA_SQUARED = 1.2 * 1.2;

    private RougeL() {}

    public static double sentence(Captioned captioned) {
        String[] candidate = captioned.candidate().split(" ", -1);
        double precision = 0, recall = 0;
        for (String text : captioned.references()) {
            String[] reference = text.split(" ", -1);
            double common = longestCommon(candidate, reference);
            precision = Math.max(precision, common / candidate.length);
            recall = Math.max(recall, common / reference.length);
        }
        return precision == 0 || recall == 0
                ? 0
                : (1 + BETA_SQUARED) * precision * recall / (recall + BETA_SQUARED * precision);
    }

    /// The mean over captions.
    public static double corpus(List<Captioned> all) {
        return all.stream().mapToDouble(RougeL::sentence).average().orElseThrow();
    }

    private static int longestCommon(String[] a, String[] b) {
        int[] before = new int[b.length + 1];
        for (String token : a) {
            int[] row = new int[b.length + 1];
            for (int j = 0; j < b.length; j++) {
                row[j + 1] = token.equals(b[j]) ? before[j] + 1 : Math.max(row[j], before[j + 1]);
            }
            before = row;
        }
        return before[b.length];
    }
}
