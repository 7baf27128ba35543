package dev.darkroom.trace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What spans of requests are named by. */
final class RoutesTest {

    @Test
    void aPathIsNamedWithoutWhatDiffersFromRequestToRequest() {
        assertThat(Routes.of("/v1/engine/generate")).isEqualTo("/v1/engine/generate");
        assertThat(Routes.of("/v2/generation/text-to-image-with-ip")).isEqualTo("/v2/generation/text-to-image-with-ip");
        assertThat(Routes.of("/v1/engines/clean_vram")).isEqualTo("/v1/engines/clean_vram");
        assertThat(Routes.of("/tasks")).isEqualTo("/tasks");
        assertThat(Routes.of("/tasks/0b6e8f/events")).isEqualTo("/tasks/{task_id}/events");
        assertThat(Routes.of("/outputs/2026-11-21/a.png")).isEqualTo("/outputs/{file}");
    }

    @Test
    void aPathThatIsNoneOfTheServersHasNoName() {
        assertThat(Routes.of("/wp-admin/setup.php")).isNull();
        assertThat(Routes.of("/v1/anything")).isNull();
        assertThat(Routes.of("/tasks/a/b/c")).isNull();
    }

    @Test
    void whatMachinesAskForAllTheTimeIsNotTraced() {
        assertThat(Routes.isProbe(Routes.path("/health/ready?verbose"))).isTrue();
        assertThat(Routes.isProbe(Routes.path("/metrics"))).isTrue();
        assertThat(Routes.isProbe(Routes.path("/healthy"))).isFalse();
        assertThat(Routes.path("/tasks?prompt=secret")).isEqualTo("/tasks");
    }
}
