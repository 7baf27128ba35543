package dev.darkroom.text;

/**
 * The printable letters that stand for bytes in byte-level vocabularies, as GPT-2 introduced them: a printable Latin-1
 * byte is its own letter, any other is the next free letter from U+0100.
 */
final class ByteLetters {
    private static final char[] LETTERS = letters();

    private ByteLetters() {}

    /** Returns the letter of a byte. */
    static char letter(byte value) {
        return LETTERS[value & 0xFF];
    }

    private static char[] letters() {
        char[] letters = new char[256];
        char next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = value >= '!' && value <= '~' || value >= 0xA1 && value != 0xAD;
            letters[value] = printable ? (char) value : next++;
        }
        return letters;
    }
}
