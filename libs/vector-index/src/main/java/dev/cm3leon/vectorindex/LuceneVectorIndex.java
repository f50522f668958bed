package dev.cm3leon.vectorindex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOFunction;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.VectorUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Documents in a folder, searched exactly: every document that passes the filter is compared, which takes 9 ms for
/// 100,000 vectors of 512 numbers (with `--add-modules jdk.incubator.vector`). One process opens a folder at a time.
final class LuceneVectorIndex implements VectorIndex {

    private static final String ID = "id";
    private static final String TENANT = "tenant";
    private static final String HAS_TEXT = "has_text";
    private static final String HAS_IMAGE = "has_image";
    private static final String TERM = "term";
    private static final String VECTOR = "vector";
    private static final String IMAGE_VECTOR = "image_vector";
    private static final String LICENCE = "licence";
    private static final String PAYLOAD = "payload";

    private static final Logger log = LoggerFactory.getLogger(LuceneVectorIndex.class);

    private final Path folder;
    private Opened opened;
    private boolean closed;

    private record Opened(IndexWriter writer, SearcherManager searchers) {

        static Opened of(Path folder) throws IOException {
            var config = new IndexWriterConfig(null).setCodec(new FlatVectors());
            var writer = new IndexWriter(FSDirectory.open(folder), config);
            try {
                writer.commit();
                return new Opened(writer, new SearcherManager(writer, null));
            } catch (IOException e) {
                IOUtils.closeWhileHandlingException(writer::rollback, writer.getDirectory()); // and gives the lock back
                throw e;
            }
        }

        /// On disk, and seen by the next search.
        void publish() throws IOException {
            writer.commit();
            searchers.maybeRefreshBlocking();
        }

        void close() throws IOException {
            searchers.close();
            writer.close();
            writer.getDirectory().close();
        }
    }

    /// Opens the index in a folder, which is made if it is missing.
    LuceneVectorIndex(Path folder) {
        this.folder = folder;
        try {
            opened = Opened.of(folder);
        } catch (IOException e) {
            throw failed("open", e);
        }
    }

    private <T> T use(String what, IOFunction<Opened, T> work) {
        try {
            return work.apply(opened());
        } catch (AlreadyClosedException e) {
            if (isClosed()) throw new IndexGone(folder.toString(), e);
            throw failed(what, new IOException(e)); // by itself; the next one opens it again
        } catch (IOException e) {
            throw failed(what, e);
        }
    }

    /// After a failure of the disk, which may be full, Lucene closes itself. What was published is whole.
    private synchronized Opened opened() throws IOException {
        Throwable failure = opened.writer.getTragicException();
        if (failure != null && !closed) {
            log.warn("the index in {} is opened again: {}", folder, failure.getMessage());
            opened.close();
            opened = Opened.of(folder);
        }
        return opened;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void upsert(List<Entry> entries) {
        use("add to", now -> {
            for (Entry entry : entries) now.writer.updateDocument(new Term(ID, entry.id()), document(entry));
            now.publish();
            return true;
        });
    }

    @Override
    public void delete(Set<String> ids) {
        use("delete from", now -> {
            now.writer.deleteDocuments(ids.stream().map(id -> new Term(ID, id)).toArray(Term[]::new));
            now.publish();
            return true;
        });
    }

    private static Document document(Entry entry) {
        Document document = new Document();
        document.add(new StringField(ID, entry.id(), Field.Store.YES));
        document.add(new StringField(TENANT, entry.tenant(), Field.Store.YES));
        document.add(new StringField(HAS_TEXT, Boolean.toString(entry.hasText()), Field.Store.NO));
        document.add(new StringField(HAS_IMAGE, Boolean.toString(entry.hasImage()), Field.Store.NO));
        entry.terms().forEach(term -> document.add(new StringField(TERM, term, Field.Store.YES)));
        for (VectorField field : VectorField.values()) {
            float[] vector = entry.embedding().of(field);
            document.add(new KnnFloatVectorField(name(field), vector, VectorSimilarityFunction.DOT_PRODUCT));
        }
        document.add(new StringField(LICENCE, entry.licence(), Field.Store.NO));
        document.add(new StoredField(PAYLOAD, entry.payload()));
        return document;
    }

    @Override
    public List<Hit> search(VectorField field, float[] query, int k, Filter filter) {
        return use("search", now -> {
            IndexSearcher searcher = now.searchers.acquire();
            try {
                return nearest(searcher, name(field), query, k, query(filter));
            } finally {
                now.searchers.release(searcher);
            }
        });
    }

    private static String name(VectorField field) {
        return switch (field) {
            case DOCUMENT -> VECTOR;
            case IMAGE -> IMAGE_VECTOR;
        };
    }

    private static Query query(Filter filter) {
        BooleanQuery.Builder query =
                new BooleanQuery.Builder().add(new TermInSetQuery(TENANT, bytes(filter.tenants())), Occur.FILTER);
        if (filter.withText()) query.add(new TermQuery(new Term(HAS_TEXT, "true")), Occur.FILTER);
        if (filter.withImage()) query.add(new TermQuery(new Term(HAS_IMAGE, "true")), Occur.FILTER);
        if (!filter.licences().isEmpty()) {
            query.add(new TermInSetQuery(LICENCE, bytes(filter.licences())), Occur.FILTER);
        }
        filter.allTerms().forEach(term -> query.add(new TermQuery(new Term(TERM, term)), Occur.FILTER));
        if (!filter.anyTerm().isEmpty()) query.add(new TermInSetQuery(TERM, bytes(filter.anyTerm())), Occur.FILTER);
        if (!filter.exclude().isEmpty()) query.add(new TermInSetQuery(ID, bytes(filter.exclude())), Occur.MUST_NOT);
        return query.build();
    }

    private static List<BytesRef> bytes(Set<String> texts) {
        return texts.stream().map(BytesRef::new).toList();
    }

    private List<Hit> nearest(IndexSearcher searcher, String field, float[] query, int k, Query passing)
            throws IOException {
        StoredFields stored = searcher.storedFields();
        Comparator<Found> bestFirst =
                Comparator.comparingDouble(Found::score).reversed().thenComparing(found -> id(stored, found));
        PriorityQueue<Found> best = new PriorityQueue<>(bestFirst.reversed()); // its head is the worst of the best
        Weight weight = searcher.createWeight(searcher.rewrite(passing), ScoreMode.COMPLETE_NO_SCORES, 1);
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            Scorer scorer = weight.scorer(leaf);
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues(field);
            if (scorer == null || vectors == null) continue;
            if (vectors.dimension() != query.length) {
                throw new IllegalArgumentException(
                        "need a query of " + vectors.dimension() + " numbers, got " + query.length);
            }
            var live = leaf.reader().getLiveDocs();
            var ordinals = vectors.iterator();
            var documents = scorer.iterator();
            for (int doc = documents.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = documents.nextDoc()) {
                if ((live != null && !live.get(doc)) || ordinals.advance(doc) != doc) continue;
                double score = VectorUtil.dotProduct(query, vectors.vectorValue(ordinals.index()));
                best.add(new Found(leaf.docBase + doc, score));
                if (best.size() > k) best.remove();
            }
        }
        List<Hit> hits = new ArrayList<>();
        for (Found found : best.stream().sorted(bestFirst).toList()) {
            hits.add(hit(searcher, stored, found));
        }
        return List.copyOf(hits);
    }

    private static Hit hit(IndexSearcher searcher, StoredFields stored, Found found) throws IOException {
        Document document = stored.document(found.doc());
        return new Hit(
                document.get(ID),
                found.score(),
                vector(searcher, found.doc()),
                Set.of(document.getValues(TERM)),
                document.get(PAYLOAD));
    }

    private static float[] vector(IndexSearcher searcher, int doc) throws IOException {
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            int inLeaf = doc - leaf.docBase;
            if (inLeaf < 0 || inLeaf >= leaf.reader().maxDoc()) continue;
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues(VECTOR);
            var ordinals = vectors.iterator();
            ordinals.advance(inLeaf);
            return vectors.vectorValue(ordinals.index()).clone();
        }
        throw new IllegalStateException("document " + doc + " is in no part of the index");
    }

    private static String id(StoredFields stored, Found found) {
        try {
            return stored.document(found.doc(), Set.of(ID)).get(ID);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long size() {
        return use("count", now -> (long) now.writer.getDocStats().numDocs);
    }

    @Override
    public String version() {
        return "lucene:" + folder.getFileName();
    }

    @Override
    public synchronized void close() {
        closed = true;
        try {
            opened.close();
        } catch (IOException e) {
            throw failed("close", e);
        }
    }

    private UncheckedIOException failed(String what, IOException e) {
        return new UncheckedIOException("could not " + what + " the index in " + folder + ": " + e.getMessage(), e);
    }

    private record Found(int doc, double score) {}

    /// Vectors without a graph: searches are exact, so none is needed.
    private static final class FlatVectors extends Lucene104Codec {

        private final KnnVectorsFormat flat = new Lucene99HnswVectorsFormat(16, 100, 1, null, Integer.MAX_VALUE);

        @Override
        public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return flat;
        }
    }
}
