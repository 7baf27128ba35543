package dev.darkroom.image;

import java.util.Optional;

/**
 * Where an EXIF block keeps parameters. Fooocus keeps them in the first directory, in these tags, and reads them there;
 * AUTOMATIC1111 and most other programs look for {@link #USER_COMMENT} in the EXIF directory.
 */
enum ExifTag {
    /** A JSON object of all parameters that have no tag of their own. */
    IMAGE_DESCRIPTION(0x010E, ""),
    SOFTWARE(0x0131, "Software"),
    MAKER_NOTE(0x927C, "fooocus_scheme"),
    USER_COMMENT(0x9286, "parameters");

    /** Points from the first directory to the EXIF directory. */
    static final int EXIF_DIRECTORY = 0x8769;

    private final int code;
    private final String keyword;

    ExifTag(int code, String keyword) {
        this.code = code;
        this.keyword = keyword;
    }

    int code() {
        return code;
    }

    /** Returns the PNG text keyword whose text the tag keeps; empty for {@link #IMAGE_DESCRIPTION}. */
    String keyword() {
        return keyword;
    }

    /** Returns the tag for the texts of {@code keyword}. */
    static ExifTag ofKeyword(String keyword) {
        for (ExifTag tag : values()) {
            if (tag.keyword.equals(keyword)) {
                return tag;
            }
        }
        return IMAGE_DESCRIPTION;
    }

    static Optional<ExifTag> ofCode(int code) {
        for (ExifTag tag : values()) {
            if (tag.code == code) {
                return Optional.of(tag);
            }
        }
        return Optional.empty();
    }
}
