package dev.cm3leon.vectorindex;

class MemoryVectorIndexTest implements VectorIndexContract {

    private final MemoryVectorIndex index = new MemoryVectorIndex();

    @Override
    public VectorIndex index() {
        return index;
    }
}
