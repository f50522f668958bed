package dev.cm3leon.vectorindex;

/// Where the server has no aliases a pointer kept elsewhere says which collection is searched.
class MilvusWithoutAliasesTest extends MilvusStubContract {

    MilvusWithoutAliasesTest() {
        super(false, "FLAT");
    }
}
