package dev.cm3leon.documents;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The tasks of supervised fine-tuning and how an example of each is written (table 5). Text that answers
/// stands before its image, so that answering is infilling.
public enum FineTuningTask {
    EDIT("Edit first image following the instruction <break> {image1} <break> {instruction} <break> {image2}"),
    WRITING("draw \"{content}\" <break> {image}"),
    GROUNDED(
            "Generate high quality image of {caption} with segmentations {boxes} <break> {image}",
            "Generate high quality image of \"{caption}\" with {boxes}. <break> {image}"),
    CANNY_EDGES("Make high quality image from canny edge features <break> {image1} <break> {caption} <break> {image2}"),
    SEGMENTATION("Make high quality image from a segmentation map <break> {image1} <break> {caption} <break> {image2}"),
    HED_EDGES("Make high quality image from hed features <break> {image1} <break> {caption} <break> {image2}"),
    POSE("Make high quality image from openpose features <break> {image1} <break> {caption} <break> {image2}"),
    DEPTH("Make high quality image from depth features <break> {image1} <break> {caption} <break> {image2}"),
    NORMALS("Make high quality image from 3D norm features <break> {image1} <break> {caption} <break> {image2}"),
    SCRIBBLE("Make high quality image from children's scribbles <break> {image1} <break> {caption} <break> {image2}"),
    COCO("{caption} <break> {image}", "Describe the given picture. {caption} <break> {image}"),
    FLICKR30K("{caption} <break> {image}", "Describe the given picture. {caption} <break> {image}"),
    IMAGE_PARAGRAPH(
            "Describe the given picture in very detail. {caption} <break> {image}",
            "Describe all the objects in the given image in very detail. {caption} <break> {image}",
            "Generate a long caption for the given image. {caption} <break> {image}"),
    LOCALIZED_NARRATIVES(
            "Describe the given picture in very detail. {caption} <break> {image}",
            "Generate a long narration of what is happening in the given image. {caption} <break> {image}",
            "Generate a long caption for the given image. {caption} <break> {image}"),
    VQA2(
            "Question: {question} Answer: {answer}. <break> {image}",
            "Question: {question} \n {answer} <break> {image}",
            "Question: {question} The answer is {answer}. <break> {image}"),
    VIZWIZ(VQA2.wordings()),
    OKVQA(VQA2.wordings()),
    SCIENCEQA(
            "Question: {question} \n Context: {context} \n Options: {choices} \n Answer: {answer}. <break> {image}",
            "Question: {question} \n Context: {context} \n Options: {choices} \n Answer: Let's think step-by-step:"
                    + " {explanation} So the answer is {answer}. <break> {image}");

    private static final String BREAK = " <break> ";
    private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");

    private final String[] wordings;

    FineTuningTask(String... wordings) {
        this.wordings = wordings;
    }

    /// How many wordings there are; an example is written in one of them.
    public int size() {
        return wordings.length;
    }

    private String[] wordings() {
        return wordings;
    }

    /// What all wordings say around their places.
    public String words() {
        return PLACE.matcher(String.join(" ", wordings).replace(BREAK, " ")).replaceAll(" ");
    }

    /// The example as people read it, with images as `{image}`.
    ///
    /// @param texts for each place of the template
    public String render(int wording, Map<String, String> texts) {
        return segments(wording).stream()
                .map(segment -> isImage(segment) ? segment : fill(segment, texts))
                .collect(Collectors.joining(BREAK));
    }

    /// The only text of a template that has one text and one image.
    public String text(int wording, Map<String, String> texts) {
        return fill(text(wording), texts);
    }

    private String text(int wording) {
        List<String> segments = segments(wording);
        if (segments.size() != 2) throw new IllegalArgumentException("need a task of one text, got " + this);
        return segments.getFirst();
    }

    private int at(String segment, String place) {
        int at = segment.indexOf("{" + place + "}");
        if (at < 0)
            throw new IllegalArgumentException("need a task of one text with {%s}, got %s".formatted(place, this));
        return at;
    }

    /// The example as it is trained: `E text B image ... E`.
    ///
    /// @param encode text to ids; it is right-stripped before
    /// @param images codes for each image of the template, by its name
    public TokenStream tokens(
            int wording,
            Map<String, String> texts,
            Map<String, int[]> images,
            DocumentLayout layout,
            Function<String, int[]> encode) {
        var stream = new TokenStream.Builder().append(layout.vocabulary().eos());
        boolean first = true;
        for (String segment : segments(wording)) {
            if (!first) stream.append(layout.vocabulary().breakId());
            first = false;
            if (isImage(segment)) {
                layout.appendImage(stream, value(images, segment.substring(1, segment.length() - 1)));
            } else {
                stream.append(encode.apply(fill(segment, texts).stripTrailing()));
            }
        }
        return stream.append(layout.vocabulary().eos()).build();
    }

    /// What stands before a place in a template of one text and one image: what a platform is asked with.
    ///
    /// @param place of the text that is asked for, e.g. `answer`
    public String front(int wording, String place, Map<String, String> texts) {
        String segment = text(wording);
        return fill(segment.substring(0, at(segment, place)), texts);
    }

    /// The text from a place on: what is said when it is asked for. What stands behind the last place of the
    /// template is left out, so that all wordings end where a question ends.
    ///
    /// @param place of the text that is asked for, e.g. `answer`
    public String answer(int wording, String place, Map<String, String> texts) {
        String segment = text(wording);
        return fill(segment.substring(at(segment, place), segment.lastIndexOf('}') + 1), texts);
    }

    /// The words that every example of a template of two images begins with.
    public String front() {
        return segments(0).getFirst();
    }

    /// The texts before and after the first image of a template of two images.
    public List<String> around(int wording, Map<String, String> texts) {
        List<String> around = segments(wording).stream()
                .filter(segment -> !isImage(segment))
                .map(segment -> fill(segment, texts))
                .toList();
        if (around.size() != 2) throw new IllegalArgumentException("need a task of two images, got " + this);
        return around;
    }

    /// The example with its text from one place on asked for, as the platform asks:
    /// `E text S0 B image E S0 answer eoss`.
    ///
    /// @param place of the text that is asked for, e.g. `answer`
    /// @param codes of the one image
    public TokenStream asked(
            int wording,
            String place,
            Map<String, String> texts,
            int[] codes,
            DocumentLayout layout,
            Function<String, int[]> encode) {
        return layout.asked(
                List.of(),
                encode.apply(front(wording, place, texts)),
                codes,
                encode.apply(answer(wording, place, texts)));
    }

    private List<String> segments(int wording) {
        if (wording < 0 || wording >= wordings.length) {
            throw new IllegalArgumentException(
                    "need 0 <= wording < %d for %s, got %d".formatted(wordings.length, this, wording));
        }
        return List.of(wordings[wording].split(BREAK));
    }

    private static boolean isImage(String segment) {
        return segment.matches("\\{image\\d?}");
    }

    /// What is put in is not looked at again.
    private String fill(String segment, Map<String, String> texts) {
        return PLACE.matcher(segment).replaceAll(place -> Matcher.quoteReplacement(value(texts, place.group(1))));
    }

    private <T> T value(Map<String, T> values, String place) {
        T value = values.get(place);
        if (value == null)
            throw new IllegalArgumentException("%s needs {%s}, got %s".formatted(this, place, values.keySet()));
        return value;
    }
}
