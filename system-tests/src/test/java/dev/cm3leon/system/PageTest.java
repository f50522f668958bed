package dev.cm3leon.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page in a real browser, on the whole platform with a model of random weights. Skipped, and said so, where there
/// is no Chromium.
class PageTest {

    private static final Path CHROMIUM = Path.of(System.getProperty("cm3.chromium", "/usr/bin/chromium"));
    private static final double PATIENCE = 90_000; // milliseconds; machines are shared

    @TempDir
    private static Path folder;

    private static EmbeddedPlatform platform;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new ArrayList<>();
    private final List<String> elsewhere = new ArrayList<>();
    private Page page;

    @BeforeAll
    static void start() {
        if (!Files.isExecutable(CHROMIUM)) {
            System.err.println("\n*** THE PAGE IS NOT TESTED: there is no " + CHROMIUM
                    + "; install Chromium, or name one with -Dcm3.chromium=PATH ***\n");
        }
        assumeTrue(Files.isExecutable(CHROMIUM), "there is no " + CHROMIUM);
        TinyModel.write(folder.resolve("model"), 1);
        String model = folder.resolve("model").toUri().toString();
        platform = EmbeddedPlatform.start(
                folder.resolve("platform"),
                PlatformOptions.onPort(0)
                        .withProperties(Map.of("cm3.model.location", model))
                        .withoutDemoBank());
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(CHROMIUM)
                        .setArgs(List.of("--no-sandbox", "--disable-gpu", "--disable-background-networking")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
    }

    @AfterAll
    static void stop() {
        if (playwright != null) playwright.close();
        if (platform != null) platform.close();
    }

    @BeforeEach
    void open() {
        page = browser.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) complaints.add(message.text());
        });
        page.onPageError(complaints::add);
        page.onRequest(request -> {
            boolean own = request.url().startsWith(address()) || request.url().matches("(data|blob):.*");
            if (!own) elsewhere.add(request.url());
        });
        page.navigate(address());
    }

    @AfterEach
    void nothingWasWrongAndNothingCameFromElsewhere() {
        page.close();
        assertThat(complaints).isEmpty();
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void aPromptIsDrawnWhileOneWatches() {
        page.evaluate("""
                () => { window.shown = [];
                  const picture = document.getElementById('picture');
                  new MutationObserver(() => window.shown.push(picture.src)).observe(picture, {attributes: true}); }""");
        page.getByLabel("What is to be drawn").fill("a person with blue hair and a flibbertigibbet");
        page.getByText("Options").click();
        page.getByLabel("Candidates").fill("3");
        page.getByLabel("Seed").fill("7");
        platform.stop("generator"); // so that the page listens before the first token
        page.getByLabel("What is to be drawn").press("Control+Enter");
        assertThat(page.locator("#status")).containsText("Drawing");
        platform.start("generator");

        assertThat(page.locator("#status")).hasText("Done");
        assertThat(page.evaluate("() => window.shown.some(source => source.startsWith('data:image/png'))"))
                .as("the picture was seen filling in")
                .isEqualTo(true);
        assertThat(page.locator("#all-candidates li")).hasCount(3);
        assertThat(page.locator("#all-candidates li").first()).containsText("contrast");
        assertThat(page.locator("#all-candidates li").first()).containsText("CLIP");
        assertThat(page.locator("#job-facts")).containsText("seed 7");
        assertThat(page.locator("#warnings")).containsText("flibbertigibbet");
        assertThat(page.evaluate("() => document.getElementById('picture').src").toString())
                .contains("/v1/objects/images/");
        page.waitForFunction("() => document.getElementById('picture').naturalWidth === 64");
        assertThat(page.locator("#picture")).hasAttribute("alt", Pattern.compile("Drawn for: .*"));
        page.getByText("Timeline").click();
        assertThat(page.locator("#timeline tbody")).containsText("generation-completed");
        assertThat(page.locator("#recent li").first()).containsText("flibbertigibbet");
    }

    /// A browser gives up a stream that is answered with an error.
    @Test
    void aJobIsFollowedThoughTheGatewayWasAwayForAMoment() {
        var asked = new AtomicInteger();
        page.route("**/v1/generations/*/events", route -> {
            if (asked.getAndIncrement() > 0) route.resume();
            else route.fulfill(new Route.FulfillOptions().setStatus(503));
        });
        page.getByLabel("What is to be drawn").fill("a person with red hair");
        page.getByLabel("What is to be drawn").press("Control+Enter");

        assertThat(page.locator("#status")).hasText("Done");
        assertThat(asked).hasValue(2);
        assertThat(complaints).allMatch(complaint -> complaint.contains("503"));
        complaints.clear();
    }

    @Test
    void aDocumentIsAddedFoundAndUsed() {
        Path picture = picture("green.png", 40, 200, 60);
        page.getByRole(AriaRole.TAB, named("Memory")).click();
        page.locator("#document-image").setInputFiles(picture);
        page.getByLabel("Text, with the name").fill("Zorblax, a person with green hair");
        page.getByRole(AriaRole.BUTTON, named("Add")).click();
        assertThat(page.locator("#document-status")).containsText("can be found now");

        page.getByRole(AriaRole.SEARCHBOX).fill("Zorblax");
        page.getByRole(AriaRole.SEARCHBOX).press("Enter");
        assertThat(page.locator("#found li").first()).containsText("Zorblax");

        page.getByRole(AriaRole.SEARCHBOX).fill("");
        page.locator("#search-image").setInputFiles(picture);
        page.getByRole(AriaRole.BUTTON, named("Search")).click();
        assertThat(page.locator("#found li").first()).containsText("Zorblax");
        assertThat(page.locator("#found li").first()).containsText("cosine 1");

        page.getByRole(AriaRole.TAB, named("Draw")).click();
        page.getByLabel("What is to be drawn").fill("Zorblax with a red jacket");
        page.getByText("Options").click();
        page.getByRole(AriaRole.COMBOBOX, named("Documents")).selectOption("1");
        page.getByRole(AriaRole.BUTTON, named("Draw")).click();
        assertThat(page.locator("#status")).hasText("Done");
        assertThat(page.locator("#evidence li").first()).containsText("Zorblax");
    }

    @Test
    void anAnswerThatANewerQuestionOvertookIsNotShown() {
        List<Route> held = new ArrayList<>();
        page.route("**/v1/search", route -> {
            if (held.isEmpty()) held.add(route);
            else route.fulfill(found("newer"));
        });
        page.getByRole(AriaRole.TAB, named("Memory")).click();
        page.getByRole(AriaRole.SEARCHBOX).fill("older");
        page.getByRole(AriaRole.SEARCHBOX).press("Enter");
        page.waitForCondition(() -> !held.isEmpty());
        page.getByRole(AriaRole.SEARCHBOX).fill("newer");
        page.getByRole(AriaRole.SEARCHBOX).press("Enter");
        assertThat(page.locator("#found li").first()).containsText("newer");

        page.waitForResponse("**/v1/search", () -> held.getFirst().fulfill(found("older")));

        page.evaluate("() => new Promise(resolve => setTimeout(resolve, 100))"); // it is read by then
        assertThat(page.locator("#found li").first()).containsText("newer");
    }

    private static Route.FulfillOptions found(String text) {
        return new Route.FulfillOptions()
                .setContentType("application/json")
                .setBody("{\"documents\": [{\"document\": \"d\", \"score\": 1, \"text\": \"%s\"}]}".formatted(text));
    }

    @Test
    void aDocumentThatIsTakenInIsLookedForThoughTheGatewayIsAwayForAMoment() {
        var asked = new AtomicInteger();
        page.route("**/v1/documents/*", route -> {
            if (asked.getAndIncrement() == 0) route.abort();
            else route.resume();
        });
        page.getByRole(AriaRole.TAB, named("Memory")).click();
        page.locator("#document-image").setInputFiles(picture("blue.png", 20, 40, 200));
        page.getByLabel("Text, with the name").fill("Blubrax");
        page.getByRole(AriaRole.BUTTON, named("Add")).click();

        assertThat(page.locator("#document-status")).containsText("can be found now");
        assertThat(page.locator("#document-error")).isHidden();
        complaints.removeIf(complaint -> complaint.contains("ERR_FAILED"));
    }

    @Test
    void aPictureIsDescribed() {
        page.getByRole(AriaRole.TAB, named("Describe")).click();
        page.locator("#caption-image").setInputFiles(picture("red.png", 200, 30, 30));
        page.getByRole(AriaRole.BUTTON, named("Describe")).click();

        assertThat(page.locator("#caption-text")).not().containsText("…");
        assertThat(page.locator("#caption-error")).isHidden();
        assertThat(page.locator("#caption-evidence li")).hasCount(0);

        page.getByRole(AriaRole.TAB, named("Memory")).click();
        page.locator("#document-image").setInputFiles(picture("rubrax.png", 200, 30, 30));
        page.getByLabel("Text, with the name").fill("Rubrax");
        page.getByRole(AriaRole.BUTTON, named("Add")).click();
        assertThat(page.locator("#document-status")).containsText("can be found now");
        page.getByRole(AriaRole.TAB, named("Describe")).click();
        page.getByRole(AriaRole.BUTTON, named("Who or what is it?")).click();

        assertThat(page.locator("#caption-evidence li").first()).isVisible();
        assertThat(page.locator("#caption-text")).not().containsText("…");
        assertThat(page.locator("#caption-error")).isHidden();
    }

    @Test
    void aWrongValueIsSaidInWords() {
        page.getByText("Options").click();
        page.getByRole(AriaRole.SPINBUTTON, named("Guidance")).fill("7");
        page.evaluate("() => document.getElementById('guidance').removeAttribute('max')");
        page.getByRole(AriaRole.SPINBUTTON, named("Guidance")).fill("99");
        page.getByRole(AriaRole.BUTTON, named("Draw")).click();

        assertThat(page.getByRole(AriaRole.ALERT))
                .containsText("sampling.guidance_scale is to be from 0 to 20, got 99");
        complaints.removeIf(complaint -> complaint.contains("400")); // the browser notes every 400
    }

    @Test
    void everythingHasALabelAndTheKeyboardReachesIt() {
        assertThat(
                        page.evaluate(
                                "() => [...document.querySelectorAll('input, select, textarea')].filter(e => !e.labels.length).map(e => e.id)"))
                .isEqualTo(List.of());

        page.locator("#tab-draw").focus();
        page.keyboard().press("ArrowRight");

        assertThat(page.locator("#caption")).isVisible();
        assertThat(page.locator("#draw")).isHidden();
        assertThat(page.evaluate("() => document.activeElement.id")).isEqualTo("tab-caption");
    }

    @Test
    void itIsDarkWhereDarkIsWanted() {
        String read = "() => getComputedStyle(document.body).backgroundColor";
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        Object light = page.evaluate(read);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));

        assertThat(page.evaluate(read)).isNotEqualTo(light);
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static String address() {
        return platform.url().toString();
    }

    private static Path picture(String name, int red, int green, int blue) {
        byte[] rgb = new byte[3 * 64 * 64];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) (i % 3 == 0 ? red : i % 3 == 1 ? green : blue);
        try {
            return Files.write(folder.resolve(name), Images.png(new RgbImage(64, 64, rgb)));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
