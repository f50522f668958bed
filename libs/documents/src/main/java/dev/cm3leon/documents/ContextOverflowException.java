package dev.cm3leon.documents;

/// A prompt and what it is to be completed with do not fit into the model's context.
public final class ContextOverflowException extends IllegalArgumentException {
    private final int promptTokens;
    private final int newTokens;
    private final int context;

    public ContextOverflowException(int promptTokens, int newTokens, int context) {
        super("the prompt has %d tokens and up to %d are to be added: %d, but the context is %d"
                .formatted(promptTokens, newTokens, promptTokens + newTokens, context));
        this.promptTokens = promptTokens;
        this.newTokens = newTokens;
        this.context = context;
    }

    public int promptTokens() {
        return promptTokens;
    }

    public int newTokens() {
        return newTokens;
    }

    /// What would have been needed.
    public int needed() {
        return promptTokens + newTokens;
    }

    public int context() {
        return context;
    }
}
