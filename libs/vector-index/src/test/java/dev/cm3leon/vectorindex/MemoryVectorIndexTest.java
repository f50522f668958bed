package dev.cm3leon.vectorindex;

import org.jspecify.annotations.Nullable;

class MemoryVectorIndexTest implements ExactIndexContract {

    private final MemoryShelf shelf = new MemoryShelf();

    @Override
    public Bank bank(String encoder) {
        return new Bank(shelf, encoder, 3, "exact");
    }

    @Override
    public void clear() {}

    @Override
    public @Nullable Bank another(String encoder) {
        return bank(encoder);
    }
}
