package dev.cm3leon.retriever;

import dev.cm3leon.vectorindex.Terms;
import java.util.LinkedHashSet;
import java.util.Set;

/// The words of a text that the model never saw in training, e.g. names. They mean nothing to CLIP, so they are
/// looked for as words.
///
/// @param known words of the training captions, in lower case
record RareWords(Set<String> known) {

    /// Words that a prompt may have around what it asks for, whatever the training captions were like.
    private static final Set<String> STOP_WORDS = Set.of(
            "a",
            "an",
            "the",
            "this",
            "that",
            "these",
            "those",
            "and",
            "or",
            "but",
            "of",
            "in",
            "on",
            "at",
            "to",
            "from",
            "with",
            "without",
            "for",
            "by",
            "as",
            "is",
            "are",
            "was",
            "be",
            "has",
            "have",
            "having",
            "it",
            "its",
            "he",
            "she",
            "they",
            "his",
            "her",
            "their",
            "him",
            "them",
            "who",
            "which",
            "not",
            "no",
            "please",
            "draw",
            "drawing",
            "paint",
            "make",
            "show",
            "me",
            "us",
            "my",
            "picture",
            "image",
            "portrait",
            "photo",
            "illustration",
            "avatar",
            "person",
            "someone",
            "man",
            "woman",
            "boy",
            "girl",
            "wearing",
            "wears",
            "dressed",
            "before",
            "behind",
            "front",
            "new",
            "now",
            "again",
            "same",
            "clothes",
            "called",
            "named");

    RareWords {
        known = Set.copyOf(known);
    }

    /// In order of first appearance.
    Set<String> of(String text) {
        Set<String> rare = new LinkedHashSet<>(Terms.of(text));
        rare.removeAll(known);
        rare.removeAll(STOP_WORDS);
        return rare;
    }
}
