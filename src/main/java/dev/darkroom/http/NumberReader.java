package dev.darkroom.http;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads numbers from numbers, texts and booleans, as pydantic does. */
final class NumberReader {

    /** Longer than any number that means something; bounds what parsing costs an event loop. */
    private static final int LONGEST_TEXT = 400;

    /** Possessive: a text that is no number must not be tried again from each of its digits. */
    private static final Pattern REAL = Pattern.compile("[+-]?(\\d++(\\.\\d*+)?|\\.\\d++)([eE][+-]?\\d++)?");

    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d++(\\.0*+)?");

    private NumberReader() {}

    static Object whole(Schema.Whole schema, @Nullable Object input, List<Object> loc) {
        Number value;
        if (input instanceof Integer || input instanceof Long || input instanceof BigInteger) {
            value = input instanceof Integer small ? Long.valueOf(small) : (Number) input;
        } else if (input instanceof Boolean flag) {
            value = flag ? 1L : 0L;
        } else if (input instanceof Number number) {
            double real = number.doubleValue();
            if (real != Math.rint(real) || Double.isInfinite(real)) {
                String message = "Input should be a valid integer, got a number with a fractional part";
                return new Detail("int_from_float", loc, message, input, null);
            }
            value = new BigDecimal(real).toBigInteger();
        } else if (input instanceof String text) {
            if (!matches(WHOLE, text)) {
                String message = "Input should be a valid integer, unable to parse string as an integer";
                return new Detail("int_parsing", loc, message, input, null);
            }
            value = new BigInteger(text.trim().replaceFirst("^\\+", "").replaceFirst("\\.0*$", ""));
        } else {
            return new Detail("int_type", loc, "Input should be a valid integer", input, null);
        }
        if (value instanceof BigInteger big && big.bitLength() < 64) {
            value = big.longValue();
        }
        int beyond = value instanceof BigInteger big ? big.signum() : 0;
        if (schema.minimum() != null && (beyond < 0 || beyond == 0 && value.longValue() < schema.minimum())) {
            return tooSmall(loc, input, schema.minimum());
        }
        if (schema.maximum() != null && (beyond > 0 || beyond == 0 && value.longValue() > schema.maximum())) {
            return tooLarge(loc, input, schema.maximum());
        }
        return value;
    }

    static Object real(Schema.Real schema, @Nullable Object input, List<Object> loc) {
        double value;
        if (input instanceof Number number) {
            value = number.doubleValue();
        } else if (input instanceof Boolean flag) {
            value = flag ? 1 : 0;
        } else if (input instanceof String text) {
            if (!matches(REAL, text)) {
                String message = "Input should be a valid number, unable to parse string as a number";
                return new Detail("float_parsing", loc, message, input, null);
            }
            value = Double.parseDouble(text.trim());
        } else {
            return new Detail("float_type", loc, "Input should be a valid number", input, null);
        }
        if (Double.isInfinite(value)) {
            return new Detail("finite_number", loc, "Input should be a finite number", input, null);
        }
        if (schema.minimum() != null && value < schema.minimum()) {
            return tooSmall(loc, input, schema.minimum());
        }
        if (schema.maximum() != null && value > schema.maximum()) {
            return tooLarge(loc, input, schema.maximum());
        }
        return value;
    }

    private static boolean matches(Pattern form, String text) {
        String trimmed = text.trim();
        return trimmed.length() <= LONGEST_TEXT && form.matcher(trimmed).matches();
    }

    private static Detail tooSmall(List<Object> loc, @Nullable Object input, Number bound) {
        String message = "Input should be greater than or equal to " + plain(bound);
        return new Detail("greater_than_equal", loc, message, input, Map.of("ge", bound));
    }

    private static Detail tooLarge(List<Object> loc, @Nullable Object input, Number bound) {
        String message = "Input should be less than or equal to " + plain(bound);
        return new Detail("less_than_equal", loc, message, input, Map.of("le", bound));
    }

    private static String plain(Number bound) {
        return bound.doubleValue() == Math.rint(bound.doubleValue())
                ? Long.toString(bound.longValue())
                : bound.toString();
    }
}
