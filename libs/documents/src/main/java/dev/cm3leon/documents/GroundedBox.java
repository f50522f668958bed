package dev.cm3leon.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// An object and its place as plain text: there is no token of its own for places. Corners are in 256ths of the
/// image, `bottle at (199, 130) -> (204, 150)`.
///
/// @param name neither empty nor with round brackets
public record GroundedBox(String name, int left, int top, int right, int bottom) {
    private static final int LAST = 255;
    private static final Pattern PLACE =
            Pattern.compile(" at (?:location )?\\((\\d{1,3}), (\\d{1,3})\\) -> \\((\\d{1,3}), (\\d{1,3})\\)");
    private static final Pattern BETWEEN = Pattern.compile("^(?:, | and with |with )");

    public GroundedBox {
        if (name.isBlank() || name.contains("(") || name.contains(")")) {
            throw new IllegalArgumentException("need a name without round brackets, got \"%s\"".formatted(name));
        }
        if (left < 0 || top < 0 || right > LAST || bottom > LAST || left > right || top > bottom) {
            throw new IllegalArgumentException(
                    "need 0 <= left <= right <= %d and top and bottom likewise, got %d %d %d %d"
                            .formatted(LAST, left, top, right, bottom));
        }
    }

    /// `bottle at (199, 130) -> (204, 150), sink at ...`: the places of table 5.
    public static String list(List<GroundedBox> boxes) {
        return boxes.stream().map(box -> box.name + " at " + box.corners()).collect(Collectors.joining(", "));
    }

    /// `bottle at location (199, 130) -> (204, 150) and with sink at location ...`: the words of figure 15.
    public static String sentence(List<GroundedBox> boxes) {
        return boxes.stream()
                .map(box -> box.name + " at location " + box.corners())
                .collect(Collectors.joining(" and with "));
    }

    /// The boxes that a text in either form names.
    public static List<GroundedBox> parse(String text) {
        var boxes = new ArrayList<GroundedBox>();
        Matcher places = PLACE.matcher(text);
        int from = 0;
        while (places.find()) {
            String name = BETWEEN.matcher(text.substring(from, places.start())).replaceFirst("");
            from = places.end();
            boxes.add(
                    new GroundedBox(name, number(places, 1), number(places, 2), number(places, 3), number(places, 4)));
        }
        return boxes;
    }

    private String corners() {
        return "(%d, %d) -> (%d, %d)".formatted(left, top, right, bottom);
    }

    private static int number(Matcher places, int group) {
        return Integer.parseInt(places.group(group));
    }
}
