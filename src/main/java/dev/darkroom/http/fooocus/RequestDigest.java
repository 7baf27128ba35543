package dev.darkroom.http.fooocus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.http.Schema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Tells whether two requests ask for the same: the order of their fields does not count, nor how a number is written,
 * nor whether a default was sent or left out, nor fields that the contract does not know.
 */
public final class RequestDigest {

    private static final ObjectWriter WRITER = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build()
            .writer();

    private RequestDigest() {}

    /**
     * Returns the SHA-256, in hexadecimal, of what a request asks for.
     *
     * @param fields every field of {@code schema}, read by it and not changed since
     */
    public static String of(Schema.Structure schema, Map<String, Object> fields) {
        Map<String, Object> asked = new TreeMap<>(fields);
        // what a later version adds with a default must not change what was the same before
        asked.entrySet()
                .removeIf(field ->
                        Objects.equals(field.getValue(), schema.defaults().get(field.getKey())));
        try {
            byte[] text = WRITER.writeValueAsString(asked).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (JsonProcessingException | NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("plain values are JSON, and every Java knows SHA-256", impossible);
        }
    }
}
