package dev.cm3leon.vectorindex;

import org.junit.jupiter.api.Tag;

/// Milvus Lite 3.2.2: with aliases. FLAT, since its other indexes filter after the search.
@Tag("real")
class RealMilvusLite32Test extends RealMilvusContract {

    RealMilvusLite32Test() {
        super("cm3.real.milvus3", "FLAT", true);
    }
}
