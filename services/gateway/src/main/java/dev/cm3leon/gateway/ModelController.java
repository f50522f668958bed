package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// The models that are served.
@RestController
@Tag(name = "models")
class ModelController {

    private final ServedModel model;

    ModelController(ServedModel model) {
        this.model = model;
    }

    /// In OpenAI's form, and what else is worth knowing.
    record ModelView(
            String id,
            String object,
            @JsonProperty("owned_by") String ownedBy,
            String version,
            String licence,
            @JsonProperty("image_size") int imageSize,
            int context,
            @JsonProperty("tokens_per_image") int tokensPerImage,
            DefaultsView defaults) {}

    record DefaultsView(
            double temperature,
            @JsonProperty("top_p") double topP,
            @JsonProperty("guidance_scale") double guidanceScale,
            @JsonProperty("cd_alpha") double cdAlpha,
            @JsonProperty("cd_k") int cdK,
            @JsonProperty("max_text_tokens") int maxTextTokens,
            int candidates,
            int documents) {}

    record Models(String object, List<ModelView> data) {}

    @GetMapping("/v1/models")
    @Operation(summary = "The models that can be asked for")
    Models list() {
        return new Models("list", List.of(view()));
    }

    @GetMapping("/v1/models/{id}")
    @Operation(summary = "One model")
    ModelView get(@PathVariable("id") String id) {
        if (!model.isCalled(id)) throw Refusal.unknown("model", id);
        return view();
    }

    private ModelView view() {
        var d = model.defaults();
        return new ModelView(
                model.name(),
                "model",
                "cm3leon",
                model.version(),
                model.licence(),
                model.imageSize(),
                model.layout().context(),
                model.layout().grid().cells(),
                new DefaultsView(
                        d.temperature(),
                        d.topP(),
                        d.guidanceScale(),
                        d.cdAlpha(),
                        d.cdK(),
                        d.maxTextTokens(),
                        d.candidates(),
                        d.documents()));
    }
}
