package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImageGridTest {

    @Test
    void fivePicturesMakeThreeColumnsAndTwoRows() {
        List<RgbImage> pictures = IntStream.rangeClosed(1, 5)
                .mapToObj(i -> TestPictures.plain(4, 2, i * 0x101010))
                .toList();
        RgbImage grid = ImageGrid.of(pictures);
        assertThat(grid.width()).isEqualTo(12);
        assertThat(grid.height()).isEqualTo(4);
        int[][] expected = {{0x10, 0x20, 0x30}, {0x40, 0x50, 0}};
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 12; x++) {
                assertThat(grid.rgb()[(y * 12 + x) * 3]).isEqualTo((byte) expected[y / 2][x / 4]);
            }
        }
    }

    @Test
    void onePictureIsItsOwnGrid() {
        RgbImage picture = TestPictures.plain(3, 3, 0x123456);
        assertThat(ImageGrid.of(List.of(picture)).rgb()).isEqualTo(picture.rgb());
    }

    @Test
    void differentSizesAndNoPicturesAreRefused() {
        assertThatThrownBy(() -> ImageGrid.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ImageGrid.of(List.of(TestPictures.plain(3, 3, 0), TestPictures.plain(3, 4, 0))))
                .hasMessageContaining("3x4");
    }
}
