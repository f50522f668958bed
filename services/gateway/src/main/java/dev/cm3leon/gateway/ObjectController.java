package dev.cm3leon.gateway;

import dev.cm3leon.gateway.intake.ImageIntake;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.objectstore.ObjectStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// Images of the store, and what this tenant's searches over hyper-parameters found. Nothing else that is kept there
/// can be read here.
@RestController
@Tag(name = "objects")
class ObjectController {

    private static final Pattern SWEEP_KEY = Pattern.compile("runs/([a-zA-Z0-9._-]+)/sweep\\.(json|png)");

    private final ObjectStore store;
    private final PlatformState state;
    private final GatewayProperties properties;

    ObjectController(ObjectStore store, PlatformState state, GatewayProperties properties) {
        this.store = store;
        this.state = state;
        this.properties = properties;
    }

    @GetMapping("/v1/objects/{*key}")
    @Operation(summary = "An image, or what a search over hyper-parameters found, by its key")
    ResponseEntity<byte[]> get(@PathVariable("key") String path) {
        String key = path.substring(1);
        Matcher sweep = SWEEP_KEY.matcher(key);
        if (sweep.matches()) {
            if (state.isHidden(properties.tenant(), sweep.group(1))) throw Refusal.unknown("object", key);
            return ResponseEntity.ok()
                    .contentType(key.endsWith("json") ? MediaType.APPLICATION_JSON : MediaType.IMAGE_PNG)
                    .body(store.get(key).orElseThrow(() -> Refusal.unknown("object", key)));
        }
        if (!ImageIntake.KEY.matcher(key).matches()) throw Refusal.unknown("image", key);
        byte[] bytes = store.get(key).orElseThrow(() -> Refusal.unknown("image", key));
        String kind = key.substring(key.lastIndexOf('.') + 1);
        return ResponseEntity.ok()
                .contentType(new MediaType("image", kind.equals("jpg") ? "jpeg" : kind))
                .cacheControl(
                        CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable())
                .header("X-Content-Type-Options", "nosniff")
                .header("Content-Security-Policy", "default-src 'none'")
                .body(bytes);
    }
}
