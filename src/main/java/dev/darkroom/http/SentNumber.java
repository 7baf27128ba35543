package dev.darkroom.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.NumberInput;
import com.fasterxml.jackson.databind.JsonSerializable;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import java.io.IOException;

/** A number with a fraction or an exponent as a client wrote it, so that a mistake can repeat it unchanged. */
final class SentNumber extends Number implements JsonSerializable {

    private static final long serialVersionUID = 1L;

    private final String text;

    /** @param text a number of JSON */
    SentNumber(String text) {
        this.text = text;
    }

    /** Returns the nearest number, infinity for what is larger than any. */
    @Override
    public double doubleValue() {
        return NumberInput.parseDouble(text, true);
    }

    @Override
    public float floatValue() {
        return (float) doubleValue();
    }

    @Override
    public long longValue() {
        return (long) doubleValue();
    }

    @Override
    public int intValue() {
        return (int) doubleValue();
    }

    @Override
    public void serialize(JsonGenerator json, SerializerProvider serializers) throws IOException {
        json.writeNumber(text);
    }

    @Override
    public void serializeWithType(JsonGenerator json, SerializerProvider serializers, TypeSerializer type)
            throws IOException {
        serialize(json, serializers);
    }

    @Override
    public String toString() {
        return text;
    }
}
