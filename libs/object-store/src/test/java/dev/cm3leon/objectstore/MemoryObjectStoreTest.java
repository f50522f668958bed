package dev.cm3leon.objectstore;

class MemoryObjectStoreTest implements ObjectStoreContract {

    private final MemoryObjectStore store = new MemoryObjectStore();

    @Override
    public ObjectStore store() {
        return store;
    }
}
