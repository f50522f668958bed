package dev.cm3leon.corpora;

import java.util.List;

/// What stands at one place of a dataset: a sample, or something broken.
public sealed interface Found {

    /// File and record, for people.
    String origin();

    /// @param id unique in its dataset
    record Sample(String origin, String id, Picture picture, Content content) implements Found {}

    /// @param reason one of few, so that they can be counted
    record Broken(String origin, String reason) implements Found {}

    /// What people wrote of a picture.
    sealed interface Content {

        /// One sentence.
        record Caption(String text) implements Content {}

        /// Several sentences: a paragraph, or what somebody told while looking.
        record LongCaption(String text) implements Content {}

        /// @param answer the one given most often
        /// @param answers of all people asked
        record Answered(String question, String answer, List<String> answers) implements Content {
            public Answered {
                answers = List.copyOf(answers);
            }
        }

        /// A question of a school book.
        ///
        /// @param context may be empty
        /// @param answer index of the right choice
        /// @param explanation may be empty
        record MultipleChoice(String question, String context, List<String> choices, int answer, String explanation)
                implements Content {
            public MultipleChoice {
                choices = List.copyOf(choices);
            }

            /// `(A) red (B) blue`.
            public String options() {
                var options = new StringBuilder();
                for (int i = 0; i < choices.size(); i++) {
                    if (i > 0) options.append(' ');
                    options.append(letter(i)).append(' ').append(choices.get(i));
                }
                return options.toString();
            }

            /// `(B)`.
            public String answerLetter() {
                return letter(answer);
            }

            private static String letter(int choice) {
                return "(" + (char) ('A' + choice) + ")";
            }
        }
    }
}
