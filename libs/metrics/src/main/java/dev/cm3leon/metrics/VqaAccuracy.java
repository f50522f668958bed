package dev.cm3leon.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Accuracy of answers to questions about images, as VQA v2 counts it: an answer is right as far as three of the
/// other people gave it, and both sides are put into a normal form first.
public final class VqaAccuracy {
    private static final String MARKS = ";/[]\"{}()=+\\_-><@`,?!";
    private static final Pattern DIGIT_COMMA_DIGIT = Pattern.compile("\\p{Nd},\\p{Nd}");
    private static final Pattern FULL_STOP = Pattern.compile("\\.(?!\\p{Nd})");
    private static final int FULL_STOPS = 32;
    private static final Set<String> ARTICLES = Set.of("a", "an", "the");
    private static final Map<String, String> NUMBERS = Map.ofEntries(
            Map.entry("none", "0"),
            Map.entry("zero", "0"),
            Map.entry("one", "1"),
            Map.entry("two", "2"),
            Map.entry("three", "3"),
            Map.entry("four", "4"),
            Map.entry("five", "5"),
            Map.entry("six", "6"),
            Map.entry("seven", "7"),
            Map.entry("eight", "8"),
            Map.entry("nine", "9"),
            Map.entry("ten", "10"));

    /// What the official script spells otherwise.
    private static final Map<String, String> CONTRACTIONS = table("""
            aint=ain't arent=aren't cant=can't couldve=could've couldnt=couldn't couldn'tve=couldn't've
            couldnt've=couldn't've didnt=didn't doesnt=doesn't dont=don't hadnt=hadn't hadnt've=hadn't've
            hadn'tve=hadn't've hasnt=hasn't havent=haven't hed=he'd hed've=he'd've he'dve=he'd've hes=he's
            howd=how'd howll=how'll hows=how's isnt=isn't itd=it'd itd've=it'd've it'dve=it'd've itll=it'll
            maam=ma'am mightnt=mightn't mightnt've=mightn't've mightn'tve=mightn't've mightve=might've
            mustnt=mustn't mustve=must've neednt=needn't notve=not've oclock=o'clock oughtnt=oughtn't
            ow's'at='ow's'at 'ows'at='ow's'at 'ow'sat='ow's'at shant=shan't shed've=she'd've
            she'dve=she'd've shouldve=should've shouldnt=shouldn't shouldnt've=shouldn't've
            shouldn'tve=shouldn't've somebody'd=somebodyd somebodyd've=somebody'd've
            somebody'dve=somebody'd've somebodyll=somebody'll somebodys=somebody's someoned=someone'd
            someoned've=someone'd've someone'dve=someone'd've someonell=someone'll someones=someone's
            somethingd=something'd somethingd've=something'd've something'dve=something'd've
            somethingll=something'll thats=that's thered=there'd thered've=there'd've there'dve=there'd've
            therere=there're theres=there's theyd=they'd theyd've=they'd've they'dve=they'd've
            theyll=they'll theyre=they're theyve=they've twas='twas wasnt=wasn't wed've=we'd've
            we'dve=we'd've weve=we've werent=weren't whatll=what'll whatre=what're whats=what's
            whatve=what've whens=when's whered=where'd wheres=where's whereve=where've whod=who'd
            whod've=who'd've who'dve=who'd've wholl=who'll whos=who's whove=who've whyll=why'll
            whyre=why're whys=why's wont=won't wouldve=would've wouldnt=wouldn't wouldnt've=wouldn't've
            wouldn'tve=wouldn't've yall=y'all yall'll=y'all'll y'allll=y'all'll yall'd've=y'all'd've
            y'alld've=y'all'd've y'all'dve=y'all'd've youd=you'd youd've=you'd've you'dve=you'd've
            youll=you'll youre=you're youve=you've
            """);

    private VqaAccuracy() {}

    /// In [0, 1]: the mean over people of min(1, how many of the others gave the answer / 3). People who all gave
    /// the same are compared as they stand.
    public static double accuracy(String answer, List<String> human) {
        if (human.isEmpty()) throw new IllegalArgumentException("need 1 answer or more of people, got 0");
        List<String> others = human.stream().map(VqaAccuracy::trimmed).toList();
        String given = trimmed(answer);
        if (others.stream().distinct().count() > 1) {
            given = normalise(given);
            others = others.stream().map(VqaAccuracy::normalise).toList();
        }
        double sum = 0;
        for (int left = 0; left < others.size(); left++) {
            int matches = 0;
            for (int i = 0; i < others.size(); i++)
                if (i != left && others.get(i).equals(given)) matches++;
            sum += Math.min(1, matches / 3.0);
        }
        return sum / others.size();
    }

    /// The normal form: marks, full stops and articles out, number words as digits, contractions with apostrophes.
    public static String normalise(String answer) {
        var words = new ArrayList<String>();
        for (String word : Captioned.tokens(withoutMarks(trimmed(answer)).toLowerCase(Locale.ROOT))) {
            String number = NUMBERS.getOrDefault(word, word);
            if (!ARTICLES.contains(number)) words.add(CONTRACTIONS.getOrDefault(number, number));
        }
        return String.join(" ", words);
    }

    private static String trimmed(String answer) {
        return answer.replace('\n', ' ').replace('\t', ' ').strip();
    }

    /// A mark goes if a blank stands beside it anywhere, or if some digits have a comma between; else a blank takes
    /// its place.
    static String withoutMarks(String text) {
        boolean comma = DIGIT_COMMA_DIGIT.matcher(text).find();
        String out = text;
        for (int i = 0; i < MARKS.length(); i++) {
            String mark = MARKS.substring(i, i + 1);
            boolean loose = comma || text.contains(mark + " ") || text.contains(" " + mark);
            out = out.replace(mark, loose ? "" : " ");
        }
        Matcher stops = FULL_STOP.matcher(out);
        var kept = new StringBuilder();
        for (int i = 0; i < FULL_STOPS && stops.find(); i++) stops.appendReplacement(kept, "");
        return stops.appendTail(kept).toString();
    }

    private static Map<String, String> table(String pairs) {
        Map<String, String> table = new HashMap<>();
        for (String pair : pairs.strip().split("\\s+")) {
            int at = pair.indexOf('=');
            table.put(pair.substring(0, at), pair.substring(at + 1));
        }
        return Map.copyOf(table);
    }
}
