package dev.darkroom;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds the order of the rooms and what each may know. */
class ArchitectureTest {

    private static final String ROOT = "dev.darkroom";

    /** From the top down: a room may use the rooms that come after it. The root is the first. */
    private static final List<String> ROOMS = List.of(
            "(root)",
            "trace",
            "http",
            "worker",
            "store",
            "bus",
            "output",
            "prompt",
            "forecast",
            "diffusion",
            "model",
            "text",
            "image",
            "task",
            "settings");

    private static final JavaClasses DARKROOM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void everyClassLivesInARoom() {
        classes()
                .should(condition("live in one of the rooms " + ROOMS, (type, events) -> {
                    if (!ROOMS.contains(room(type))) {
                        events.add(SimpleConditionEvent.violated(
                                type,
                                type.getName() + " is in package " + type.getPackageName() + ", which is no room"));
                    }
                }))
                .check(DARKROOM);
    }

    @Test
    void importsGoOnlyDownwards() {
        classes()
                .should(condition("use only rooms below their own, in the order " + ROOMS, (type, events) -> {
                    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                        JavaClass used = dependency.getTargetClass().getBaseComponentType();
                        if (isOurs(used) && ROOMS.indexOf(room(used)) < ROOMS.indexOf(room(type))) {
                            events.add(SimpleConditionEvent.violated(
                                    type,
                                    "room '%s' uses room '%s' above it: %s"
                                            .formatted(room(type), room(used), dependency.getDescription())));
                        }
                    }
                }))
                .check(DARKROOM);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(DARKROOM);
    }

    @Test
    void onlyTheServingRoomsKnowVertx() {
        noClasses()
                .that(resideInAPackage(ROOT + ".."))
                .and()
                .resideOutsideOfPackages(
                        ROOT,
                        ROOT + ".trace..",
                        ROOT + ".http..",
                        ROOT + ".worker..",
                        ROOT + ".store..",
                        ROOT + ".bus..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx..", "io.netty.."))
                .because("the engine must run, and be tested, without a server")
                .check(DARKROOM);
    }

    @Test
    void onlyTheModelRoomKnowsOnnxRuntime() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".model..")
                .should()
                .dependOnClassesThat(resideInAPackage("ai.onnxruntime.."))
                .because("everyone else asks a Denoiser, whatever runs it")
                .check(DARKROOM);
    }

    @Test
    void aServerWithoutABucketNeverLoadsAmazonsClient() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + ".output.S3Storage")
                .should()
                .dependOnClassesThat(resideInAPackage("software.amazon.."))
                .because("what only one class names is loaded with that class")
                .check(DARKROOM);
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + ".output.ObjectStorage")
                .and()
                .doNotHaveFullyQualifiedName(ROOT + ".output.S3Storage")
                .should()
                .dependOnClassesThat(name(ROOT + ".output.S3Storage"))
                .because("it is opened where a bucket is configured, and nowhere else")
                .check(DARKROOM);
    }

    @Test
    void aServerThatDoesNotTraceNeverLoadsOpenTelemetry() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".trace")
                .should()
                .dependOnClassesThat(resideInAPackage("io.opentelemetry.."))
                .because("it is loaded with the room that names it")
                .check(DARKROOM);
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".trace")
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + ".trace")
                        .and(not(name(ROOT + ".trace.Tracing")))
                        .and(not(name(ROOT + ".trace.TracingConfig"))))
                .because("the first is opened where traces are wanted, and the second names nothing of it")
                .check(DARKROOM);
        noClasses()
                .that()
                .haveFullyQualifiedName(ROOT + ".trace.TracingConfig")
                .should()
                .dependOnClassesThat(resideInAPackage("io.opentelemetry.."))
                .because("it is read at each start")
                .check(DARKROOM);
    }

    @Test
    void onlyMainSpeaksPastTheLog() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT)
                .should(ACCESS_STANDARD_STREAMS)
                .because("what the server tells goes through its log")
                .check(DARKROOM);
    }

    @Test
    void nobodyUsesJavaUtilLogging() {
        noClasses()
                .should(USE_JAVA_UTIL_LOGGING)
                .because("there is one log, SLF4J's")
                .check(DARKROOM);
    }

    @Test
    void noStaticFieldChanges() {
        fields().that()
                .areStatic()
                .should()
                .beFinal()
                .because("state belongs to objects, so that two servers can live in one process")
                .allowEmptyShould(true)
                .check(DARKROOM);
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    /** The name of the first package below the root. */
    private static String room(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT)
                ? ROOMS.get(0)
                : name.substring(ROOT.length() + 1).split("\\.", 2)[0];
    }

    private interface Check {
        void accept(JavaClass type, ConditionEvents events);
    }

    private static ArchCondition<JavaClass> condition(String description, Check check) {
        return new ArchCondition<>(description) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                check.accept(type, events);
            }
        };
    }
}
