package dev.darkroom.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConformanceTableTest {

    @Test
    void theDocumentHasTheFactsThatAreTested() throws Exception {
        assertThat(Files.readString(ConformanceTable.FILE))
                .as("run dev.darkroom.conformance.ConformanceTable to write the table anew")
                .isEqualTo(ConformanceTable.document());
    }

    @Test
    void everyFactHasANumberOfItsOwnAndATest() {
        List<ConformanceTable.Row> rows = ConformanceTable.rows();
        assertThat(rows).extracting(ConformanceTable.Row::number).doesNotHaveDuplicates();
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.test().isAnnotationPresent(Test.class))
                    .as(row.test().getName())
                    .isTrue();
            assertThat(row.fact().text()).endsWith(".");
            assertThat(row.fact().insteadOf()).doesNotEndWith(".");
        });
    }
}
