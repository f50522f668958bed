package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Objects;

/// One part of the document that a generation completes (CM3Leon section 2.2: text, images, and holes to be filled).
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Part {

    /// Text that is given.
    @JsonTypeName("text")
    record Text(String text) implements Part {
        public Text {
            Objects.requireNonNull(text, "text is missing");
        }

        /// Two texts as one, with a space between where there is none.
        public static String join(String one, String other) {
            boolean apart = one.isEmpty()
                    || other.isEmpty()
                    || Character.isWhitespace(one.charAt(one.length() - 1))
                    || Character.isWhitespace(other.charAt(0));
            return apart ? one + other : one + " " + other;
        }
    }

    /// An image that is given.
    @JsonTypeName("image")
    record Image(ObjectRef image) implements Part {
        public Image {
            Objects.requireNonNull(image, "image is missing");
        }
    }

    /// An image of which a rectangle is to be drawn again; everything else stays. Counts as a hole of an image.
    ///
    /// @param region in parts of the image's middle square, which is what the model sees
    @JsonTypeName("region")
    record Region(ObjectRef image, Rectangle region) implements Part {
        public Region {
            Objects.requireNonNull(image, "image is missing");
            Objects.requireNonNull(region, "region is missing");
        }
    }

    /// Left, top, width and height, each in [0, 1].
    record Rectangle(double x, double y, double width, double height) {
        private static final double ROUNDING = 1e-9;

        public Rectangle {
            boolean inside = x >= 0
                    && y >= 0
                    && width > 0
                    && height > 0
                    && x + width <= 1 + ROUNDING
                    && y + height <= 1 + ROUNDING;
            if (!inside) {
                throw new IllegalArgumentException(
                        "need a rectangle inside of the unit square, got x %s, y %s, width %s, height %s"
                                .formatted(x, y, width, height));
            }
        }
    }

    /// Whether it asks for an image to be drawn, all of it or a part.
    default boolean drawsImage() {
        return this instanceof Region || equals(new Hole(Modality.IMAGE));
    }

    /// What the model is to write. A text hole between given parts is infilled; a hole at the end is continued.
    @JsonTypeName("hole")
    record Hole(Modality modality) implements Part {
        public Hole {
            Objects.requireNonNull(modality, "modality is missing");
        }
    }
}
