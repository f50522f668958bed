package dev.cm3leon.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Splits captions the way the caption scorers do: Penn Treebank tokens, in lower case, without punctuation. Made for
/// captions; abbreviations it does not know end in a full stop like any word.
public final class PtbTokenizer {
    private static final Set<String> PUNCTUATION =
            Set.of("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";");
    private static final Map<String, String> SPELLED = Map.ofEntries(
            Map.entry("(", "-lrb-"),
            Map.entry(")", "-rrb-"),
            Map.entry("[", "-lsb-"),
            Map.entry("]", "-rsb-"),
            Map.entry("{", "-lcb-"),
            Map.entry("}", "-rcb-"),
            Map.entry("\u20ac", "$"),
            Map.entry("\u00a3", "#"),
            Map.entry("\u00bd", "1/2"),
            Map.entry("\u00bc", "1/4"),
            Map.entry("\u00be", "3/4"),
            Map.entry("\u2026", "..."),
            Map.entry("\u201c", "``"),
            Map.entry("\u201d", "''"),
            Map.entry("\u2018", "`"),
            Map.entry("\u2019", "'"),
            Map.entry("cannot", "can not"),
            Map.entry("gonna", "gon na"),
            Map.entry("wanna", "wan na"),
            Map.entry("gotta", "got ta"),
            Map.entry("gimme", "gim me"),
            Map.entry("lemme", "lem me"),
            Map.entry("'tis", "'t is"),
            Map.entry("'twas", "'t was"),
            Map.entry("&amp;", "&"),
            Map.entry("&lt;", "<"),
            Map.entry("&gt;", ">"),
            Map.entry("&quot;", "\""));
    private static final String ABBREVIATION =
            "(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|no(?=\\.\\s?\\d)|inc|ltd|corp|co|gen"
                    + "|capt|lt|sgt|rev|jan|feb|mar|apr|aug|sept?|oct|nov|dec|mt|ave|blvd|dept|est|ph\\.d)\\.";
    private static final String WORD = "[\\p{L}\\p{M}\\p{Nd}]+";
    private static final String SUFFIX = "'(?:s|m|d|re|ve|ll)(?![\\p{L}\\p{Nd}])|n't(?![\\p{L}])";

    private static final Pattern TOKEN = Pattern.compile(
            String.join(
                    "|",
                    "&(?:amp|lt|gt|quot);",
                    "<[a-z/!][^<>\\s]*>",
                    "https?://\\S+|www\\.\\S+",
                    "[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+",
                    "[#@][\\p{L}_]\\w*",
                    "[:;]-?[()p](?!\\p{L})",
                    "\\d{1,4}[ \\u00a0]\\d+/\\d+(?![\\d/])",
                    "\\d+(?:/\\d+)+",
                    "(?<![\\p{L}\\p{Nd}])[-+]?(?:\\d+(?:[.,:]\\d+)*|[.,:]\\d+)(?![\\p{L}\\d'-])",
                    "'(?:n'|tis|twas)(?!\\p{L})|'\\d0s",
                    ABBREVIATION,
                    "\\p{L}(?:\\.\\p{L})+\\.?(?!\\p{L})|(?<![\\p{L}\\p{Nd}'.])\\p{L}\\.(?=\\s|$)",
                    "us\\$|c\\+\\+|c#",
                    "\\p{L}+(?:&\\p{L}+)+",
                    "\\p{L}+?(?=n't(?![\\p{L}]))",
                    SUFFIX,
                    "[odl]'\\p{L}{2,}|y'(?=all)",
                    WORD + "(?:[-_/]" + WORD + ")*",
                    "\\.{3,}|[?!]+|--+|[\\u2013\\u2014]|\\*+|``|''",
                    "\\S"),
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    private PtbTokenizer() {}

    /// Tokens with single blanks between, punctuation left out.
    public static String tokenize(String text) {
        var kept = new ArrayList<String>();
        for (String token : tokens(text)) if (!PUNCTUATION.contains(token)) kept.add(token);
        return String.join(" ", kept);
    }

    /// All tokens.
    static List<String> tokens(String text) {
        String clean = text.codePoints()
                .filter(c -> c != 0xad && !dropped(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        var tokens = new ArrayList<String>();
        Matcher matcher = TOKEN.matcher(clean);
        for (int at = 0; matcher.find(at); at = matcher.end()) {
            String token = matcher.group().toLowerCase(Locale.ROOT);
            boolean last = clean.substring(matcher.end()).isBlank();
            if (token.equals("\u00a0")) continue;
            for (String part : spelled(token, clean, matcher.end()).split(" ")) tokens.add(part);
            if (last && (token.equals("etc.") || token.equals("ph.d."))) tokens.add(".");
        }
        return tokens;
    }

    private static String spelled(String token, String text, int end) {
        char next = end < text.length() ? text.charAt(end) : ' ',
                second = end + 1 < text.length() ? text.charAt(end + 1) : ' ';
        return switch (token) {
            case "\"" -> Character.isLetterOrDigit(next) || next == '$' ? "``" : "''";
            case "'" -> Character.isLetter(next) && !Character.isWhitespace(second) ? "`" : "'";
            case "\u2013", "\u2014" -> "--";
            default -> {
                if (token.startsWith("...")) yield "...";
                if (token.startsWith("--")) yield "--";
                if (token.matches("[:;]-?[()]")) {
                    yield token.substring(0, token.length() - 1) + (token.endsWith("(") ? "-lrb-" : "-rrb-");
                }
                if (token.matches("\\d+[ \\u00a0]\\d+/\\d+")) yield token.replace(' ', '\u00a0');
                yield SPELLED.getOrDefault(token, token);
            }
        };
    }

    /// Emoji, their joiners and variations.
    private static boolean dropped(int c) {
        return Character.getType(c) == Character.SURROGATE
                || c >= 0x1f000
                || c == 0x200d
                || c == 0xfe0f
                || c >= 0x2600 && c < 0x27c0;
    }
}
