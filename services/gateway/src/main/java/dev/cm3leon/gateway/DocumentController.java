package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.gateway.GenerationView.EvidenceView;
import dev.cm3leon.gateway.GenerationView.ImageView;
import dev.cm3leon.gateway.intake.Bodies;
import dev.cm3leon.gateway.intake.DocumentIntake;
import dev.cm3leon.gateway.intake.ImageIntake;
import dev.cm3leon.gateway.intake.NewDocument;
import dev.cm3leon.gateway.intake.NewSearch;
import dev.cm3leon.gateway.intake.SearchIntake;
import dev.cm3leon.gateway.log.LogReader;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.DocumentState;
import dev.cm3leon.gateway.state.PlatformState;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.multipart.MultipartHttpServletRequest;

/// The memory bank: documents put in, taken out and searched.
@RestController
@Tag(name = "documents")
class DocumentController {

    private static final Set<String> FORM = Set.of("image", "text", "id", "licence", "source");
    private static final Set<String> QUERY = Set.of("text", "k", "licence", "modality", "exclude");

    private final DocumentIntake intake;
    private final SearchIntake searches;
    private final Bodies bodies;
    private final PlatformState state;
    private final Publisher publisher;
    private final LogReader log;
    private final GatewayProperties properties;
    private final InstantSource clock;

    DocumentController(
            DocumentIntake intake,
            SearchIntake searches,
            Bodies bodies,
            PlatformState state,
            Publisher publisher,
            LogReader log,
            GatewayProperties properties,
            InstantSource clock) {
        this.intake = intake;
        this.searches = searches;
        this.bodies = bodies;
        this.state = state;
        this.publisher = publisher;
        this.log = log;
        this.properties = properties;
        this.clock = clock;
    }

    record Accepted(String id, DocumentState.Status status, Map<String, String> links) {}

    record Recent(List<DocumentView> documents) {}

    /// @param text that was looked for, empty where there was none
    /// @param image that was looked for
    /// @param size how many documents the index has
    record SearchView(
            String text,
            @Nullable ImageView image,
            List<EvidenceView> documents,
            @JsonProperty("index_version") String indexVersion,
            long size) {}

    @PostMapping(path = "/v1/documents", consumes = MediaType.APPLICATION_JSON_VALUE)
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            summary = "Put a captioned image into the memory bank",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = NewDocument.class))))
    ResponseEntity<Accepted> add(InputStream body) throws IOException {
        return add(bodies.read(body, NewDocument.class));
    }

    @PostMapping(path = "/v1/documents", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "The same from a form")
    ResponseEntity<Accepted> addForm(
            @RequestParam("image") MultipartFile image,
            @RequestParam(name = "text", required = false) @Nullable String text,
            @RequestParam(name = "id", required = false) @Nullable String id,
            @RequestParam(name = "licence", required = false) @Nullable String licence,
            @RequestParam(name = "source", required = false) @Nullable String source,
            MultipartHttpServletRequest form)
            throws IOException {
        requireFields(FORM, form.getMultiFileMap().keySet());
        requireFields(FORM, form.getParameterMap().keySet());
        return add(new NewDocument(
                blankIsNone(id), text, ImageIntake.body(image.getBytes()), blankIsNone(licence), blankIsNone(source)));
    }

    @GetMapping("/v1/documents")
    @Operation(summary = "The latest documents, newest first")
    Recent recent(@RequestParam(name = "limit", defaultValue = "20") int limit) {
        return new Recent(Lists.latest(
                state.documents.all(),
                document -> document.status() != DocumentState.Status.REMOVED && isSeen(document.id()),
                DocumentState::added,
                limit,
                DocumentView::of));
    }

    @GetMapping("/v1/documents/{id}")
    @Operation(summary = "One document: how far it is")
    DocumentView get(@PathVariable("id") String id) {
        return DocumentView.of(find(id));
    }

    @DeleteMapping("/v1/documents/{id}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Take a document out of the memory bank")
    ResponseEntity<Accepted> remove(@PathVariable("id") String id) {
        boolean inTheIndex = state.documents.hasForgotten(id) && isSeen(id);
        if (inTheIndex || find(id).status() != DocumentState.Status.REMOVED) {
            publisher.publish(new DocumentRemoved(id, clock.instant()));
        }
        return accepted(id);
    }

    @GetMapping("/v1/search")
    @Operation(summary = "Search the memory bank, as a prompt does")
    SearchView search(
            @RequestParam("text") String text,
            @RequestParam(name = "k", required = false) @Nullable Integer k,
            @RequestParam(name = "licence", required = false) @Nullable List<String> licences,
            @RequestParam(name = "modality", required = false) @Nullable List<Modality> modalities,
            @RequestParam(name = "exclude", required = false) @Nullable List<String> exclude,
            HttpServletRequest query)
            throws InterruptedException {
        requireFields(QUERY, query.getParameterMap().keySet());
        return search(new NewSearch(text, null, k, modalities, licences, exclude));
    }

    @PostMapping(path = "/v1/search", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            summary = "Search the memory bank by an image, a text or both",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = NewSearch.class))))
    SearchView search(InputStream body) throws IOException, InterruptedException {
        return search(bodies.read(body, NewSearch.class));
    }

    private SearchView search(NewSearch body) throws InterruptedException {
        SearchRequested question = searches.question(body);
        SearchCompleted answer = state.searches.ask(question, publisher::publish, properties.searchWait());
        return new SearchView(
                question.text(),
                ImageView.of(question.image()),
                answer.found().stream().map(EvidenceView::of).toList(),
                answer.indexVersion(),
                answer.size());
    }

    private ResponseEntity<Accepted> add(NewDocument body) {
        Document document = intake.document(body);
        requireNoOthers(document.id());
        publisher.publish(new DocumentAdded(document, clock.instant()));
        return accepted(document.id());
    }

    private ResponseEntity<Accepted> accepted(String id) {
        String self = "/v1/documents/" + id;
        return ResponseEntity.accepted()
                .location(URI.create(self))
                .body(new Accepted(id, find(id).status(), Map.of("self", self)));
    }

    /// A document takes the place of one with its id, but never of another tenant's.
    private void requireNoOthers(String id) {
        boolean taken = state.documents
                .find(id)
                .map(there -> there.status() != DocumentState.Status.REMOVED)
                .orElseGet(() -> state.documents.hasForgotten(id));
        if (taken && !isSeen(id)) throw Refusal.conflict("the id %s is taken: choose another".formatted(id));
    }

    private boolean isSeen(String id) {
        return state.sees(properties.tenant(), id);
    }

    private DocumentState find(String id) {
        return log.find(state.documents, id, DocumentIntake.ID)
                .filter(document -> isSeen(id))
                .orElseThrow(() -> Refusal.unknown("document", id));
    }

    private static void requireFields(Set<String> allowed, Set<String> names) {
        for (String name : names) if (!allowed.contains(name)) throw Refusal.noField(name, allowed);
    }

    private static @Nullable String blankIsNone(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }
}
