package dev.cm3leon.corpora;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The elements of one list or object in a large JSON file, one after the other.
final class JsonElements implements Closeable {
    /// Takes NaN too, as Python writes it.
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /// Reads one element and leaves what follows it.
    private static final JsonMapper STREAMING = JSON.rebuild()
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /// @param key of the element in its object, or its number in its list
    record Element(String key, JsonNode value) {}

    private final JsonParser parser;
    private final boolean object;
    private long number;
    private boolean ended;

    private JsonElements(JsonParser parser, boolean object) {
        this.parser = parser;
        this.object = object;
    }

    /// @param field of the outermost object that holds the list; empty when the list or object is the file
    static JsonElements open(Path file, String field) throws IOException {
        JsonParser parser = STREAMING.createParser(Files.newInputStream(file));
        JsonToken token = parser.nextToken();
        if (!field.isEmpty()) {
            if (token != JsonToken.START_OBJECT) throw refuse(parser, file, "the file is no JSON object");
            while ((token = parser.nextToken()) == JsonToken.PROPERTY_NAME) {
                boolean here = field.equals(parser.currentName());
                token = parser.nextToken();
                if (here) break;
                parser.skipChildren();
            }
        }
        if (token != JsonToken.START_ARRAY && token != JsonToken.START_OBJECT || token == JsonToken.END_OBJECT) {
            throw refuse(parser, file, field.isEmpty() ? "neither a list nor an object" : "no list " + field);
        }
        return new JsonElements(parser, token == JsonToken.START_OBJECT);
    }

    /// Null at the end, however often it is asked.
    @Nullable
    Element next() {
        if (ended) return null;
        JsonToken token = parser.nextToken();
        if (token == null) throw new Corpus.BrokenOffException("the file ends within its list");
        if (token == JsonToken.END_ARRAY || token == JsonToken.END_OBJECT) {
            ended = true;
            return null;
        }
        String key = object ? parser.currentName() : Long.toString(number);
        if (object) parser.nextToken();
        number++;
        return new Element(key, STREAMING.readTree(parser));
    }

    @Override
    public void close() {
        parser.close();
    }

    private static Corpus.BrokenOffException refuse(JsonParser parser, Path file, String why) {
        parser.close();
        return new Corpus.BrokenOffException(file.getFileName() + ": " + why);
    }
}
