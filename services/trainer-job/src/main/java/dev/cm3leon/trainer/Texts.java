package dev.cm3leon.trainer;

/// The instructions of the text tasks (table 5 of the paper), up to where the answer stands.
final class Texts {
    static final String DESCRIBE = "Describe the given picture. ";

    private Texts() {}

    static String question(String question) {
        return "Question: " + question + " Answer: ";
    }
}
