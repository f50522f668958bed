package dev.cm3leon.vectorindex;

/// The banks of one Milvus server, a real one or the stub.
abstract class MilvusContract implements SharedBankContract {

    /// Set before a test begins.
    MilvusBanks banks;

    @Override
    public Bank bank(String encoder) {
        return banks.bank(encoder);
    }

    @Override
    public Bank another(String encoder) {
        return banks.another(encoder);
    }
}
