package dev.cm3leon.system;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The arrows go one way: services use libs, no service uses another, and each library of others is used in one place.
class ArchitectureTest {

    private static final String[] LIBS = {
        "dev.cm3leon.events..",
        "dev.cm3leon.documents..",
        "dev.cm3leon.corpora..",
        "dev.cm3leon.decoding..",
        "dev.cm3leon.metrics..",
        "dev.cm3leon.model..",
        "dev.cm3leon.objectstore..",
        "dev.cm3leon.vectorindex..",
        "dev.cm3leon.service.."
    };

    private static final String[] SERVICES = {
        "dev.cm3leon.gateway..",
        "dev.cm3leon.tokenizer..",
        "dev.cm3leon.retriever..",
        "dev.cm3leon.generator..",
        "dev.cm3leon.reranker..",
        "dev.cm3leon.orchestrator..",
        "dev.cm3leon.trainer..",
        "dev.cm3leon.cli.."
    };

    private static JavaClasses everything;

    @BeforeAll
    static void readTheClassesOfEveryModule() throws IOException {
        Path root = Path.of("").toAbsolutePath().getParent();
        try (Stream<Path> folders =
                Files.find(root, 4, (path, file) -> file.isDirectory() && path.endsWith("target/classes"))) {
            List<Path> modules = folders.filter(path -> !path.startsWith(root.resolve("system-tests")))
                    .toList();
            assertThat(modules).as("modules that are built").hasSizeGreaterThan(12);
            everything = new ClassFileImporter().importPaths(modules);
        }
    }

    @Test
    void everyClassIsOfALibOrOfAService() {
        String[] known = Stream.of(LIBS, SERVICES, new String[] {"dev.cm3leon.standalone.."})
                .flatMap(Stream::of)
                .toArray(String[]::new);
        check(classes().should().resideInAnyPackage(known));
    }

    @Test
    void libsKnowNoService() {
        check(noClasses()
                .that()
                .resideInAnyPackage(LIBS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(SERVICES));
    }

    @Test
    void noServiceUsesAnother() {
        for (String service : SERVICES) {
            String[] others =
                    Stream.of(SERVICES).filter(other -> !other.equals(service)).toArray(String[]::new);
            check(noClasses()
                    .that()
                    .resideInAPackage(service)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others));
        }
    }

    @Test
    void amongLibsTheArrowsAreFew() {
        for (String alone : List.of("documents", "events", "metrics", "objectstore", "vectorindex")) arrows(alone);
        for (String ofDocuments : List.of("corpora", "decoding", "model")) arrows(ofDocuments, "documents");
        check(slices().matching("dev.cm3leon.(*)..").should().beFreeOfCycles());
    }

    /// What a service is made of stands below its top package (controllers, commands, stages), which knows it all.
    @Test
    void withinAServiceTheArrowsGoDown() {
        for (String service : List.of("cli", "gateway", "trainer")) {
            String top = "dev.cm3leon." + service;
            check(slices().matching(top + ".(*)..").should().beFreeOfCycles());
            check(noClasses()
                    .that()
                    .resideInAPackage(top + ".*..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(top));
        }
    }

    private static void arrows(String lib, String... others) {
        String[] known = Stream.concat(Stream.of(lib), Stream.of(others))
                .map(name -> "dev.cm3leon." + name + "..")
                .toArray(String[]::new);
        check(noClasses()
                .that()
                .resideInAPackage("dev.cm3leon." + lib + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.cm3leon..").and(not(resideInAnyPackage(known)))));
    }

    /// Services talk through topics; who asks the gateway is a user of the platform.
    @Test
    void onlyUsersOfThePlatformSpeakHttp() {
        onlyIn("an HTTP client", List.of("dev.cm3leon.cli..", "dev.cm3leon.trainer.evaluation.."), "java.net.http..");
    }

    @Test
    void eachLibraryIsUsedInOnePlace() {
        onlyIn("PyTorch", "dev.cm3leon.trainer..", "org.bytedeco..");
        onlyIn("ONNX Runtime and DJL", "dev.cm3leon.model..", "ai.onnxruntime..", "ai.djl..");
        onlyIn("Milvus and Lucene", "dev.cm3leon.vectorindex..", "io.milvus..", "org.apache.lucene..");
        onlyIn("MinIO", "dev.cm3leon.objectstore..", "io.minio..");
        onlyIn("picocli", "dev.cm3leon.cli", "picocli..");
    }

    @Test
    void springStaysAtTheEdge() {
        check(classes()
                .that(alwaysTrue())
                .and()
                .resideOutsideOfPackages("dev.cm3leon.standalone..", "dev.cm3leon.service..")
                .and()
                .haveNameNotMatching(".*(Application|Bindings|Properties|Controller|Configuration|Advice)(\\$.*)?")
                .should()
                .onlyDependOnClassesThat(not(resideInAnyPackage("org.springframework.."))));
    }

    private static void onlyIn(String what, String home, String... packages) {
        onlyIn(what, List.of(home), packages);
    }

    private static void onlyIn(String what, List<String> homes, String... packages) {
        for (String used : packages)
            assertThat(everything.stream()
                            .flatMap(one -> one.getDirectDependenciesFromSelf().stream())
                            .map(Dependency::getTargetClass))
                    .as(used)
                    .anyMatch(resideInAPackage(used));
        check(noClasses()
                .that()
                .resideOutsideOfPackages(homes.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .as(what + " only in " + homes));
    }

    private static void check(ArchRule rule) {
        rule.check(everything);
    }
}
