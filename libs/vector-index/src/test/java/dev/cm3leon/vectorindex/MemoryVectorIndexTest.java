package dev.cm3leon.vectorindex;

class MemoryVectorIndexTest implements ExactIndexContract, SharedBankContract {

    private final MemoryShelf shelf = new MemoryShelf();

    @Override
    public Bank bank(String encoder) {
        return new Bank(shelf, encoder, 3, "exact");
    }

    @Override
    public void clear() {}

    @Override
    public Bank another(String encoder) {
        return bank(encoder);
    }
}
