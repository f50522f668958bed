package dev.cm3leon.objectstore;

import java.net.URI;
import java.util.Base64;

class MemoryObjectStoreTest implements ObjectStoreContract {

    private final MemoryObjectStore store = new MemoryObjectStore();

    @Override
    public ObjectStore store() {
        return store;
    }

    @Override
    public byte[] read(URI link) {
        String text = link.toString();
        return Base64.getDecoder().decode(text.substring(text.indexOf(',') + 1));
    }
}
