package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file of a model folder, read field by field. A field that is absent or null, as diffusers writes it for
 * "not set", has its usual value; one of another type or beyond its range is refused, since a model that is silently
 * taken for another one paints nonsense and nobody knows why.
 *
 * @param file where it is
 * @param prefix what fields of an object inside of it are called by in messages, or empty
 * @param fields the object, or a missing node if there is no such file
 */
record ConfigFile(Path file, String prefix, JsonNode fields) {

    /** A value that is told whole up to here is found in the file by its beginning. */
    private static final int LONGEST_TOLD = 80;

    /** Returns a file, which states nothing if it does not exist. */
    static ConfigFile optional(Path file) throws ModelException {
        return new ConfigFile(file, "", JsonFile.optional(file));
    }

    /** @throws ModelException also if there is no such file */
    static ConfigFile required(Path file) throws ModelException {
        return new ConfigFile(file, "", JsonFile.required(file));
    }

    boolean exists() {
        return !fields.isMissingNode();
    }

    /** Tells whether a field has a value. */
    boolean states(String key) {
        return fields.hasNonNull(key);
    }

    /** Returns an object inside, which states nothing if it is absent or null. */
    ConfigFile inside(String key) throws ModelException {
        stated(key, JsonNode::isObject, "an object");
        return new ConfigFile(file, prefix + key + ".", states(key) ? fields.get(key) : MissingNode.getInstance());
    }

    String text(String key, String usual) throws ModelException {
        JsonNode node = stated(key, JsonNode::isTextual, "a text");
        return node == null ? usual : node.asText();
    }

    boolean flag(String key, boolean usual) throws ModelException {
        JsonNode node = stated(key, JsonNode::isBoolean, "true or false");
        return node == null ? usual : node.asBoolean();
    }

    int whole(String key, int usual, int least, int most) throws ModelException {
        Integer whole = whole(key, least, most);
        return whole == null ? usual : whole;
    }

    /** Returns a whole number, which may be written as {@code 8.0}, or null if none is stated. */
    @Nullable
    Integer whole(String key, int least, int most) throws ModelException {
        return states(key) ? whole(key, fields.get(key), least, most) : null;
    }

    /** Returns the first number of a list, or the only one where no list is, or null if none is stated. */
    @Nullable
    Integer firstWhole(String key, int least, int most) throws ModelException {
        if (!states(key)) {
            return null;
        }
        JsonNode node = fields.get(key);
        return whole(key, node.isArray() ? node.path(0) : node, least, most);
    }

    private int whole(String key, JsonNode node, int least, int most) throws ModelException {
        double value = node.isNumber() ? node.doubleValue() : Double.NaN;
        if (!(value >= least) || !(value <= most) || value != Math.rint(value)) {
            throw wrong(key, "a whole number from %d to %d".formatted(least, most), node);
        }
        return (int) value;
    }

    /** Returns a number in a range whose ends belong to it, or null if none is stated. */
    @Nullable
    Double number(String key, int least, int most) throws ModelException {
        JsonNode node = stated(
                key,
                it -> it.isNumber() && it.doubleValue() >= least && it.doubleValue() <= most,
                "a number from %d to %d".formatted(least, most));
        return node == null ? null : node.doubleValue();
    }

    double positive(String key, double usual, int most) throws ModelException {
        JsonNode node = stated(
                key,
                it -> it.isNumber() && it.doubleValue() > 0 && it.doubleValue() <= most,
                "a number above 0 and up to %d".formatted(most));
        return node == null ? usual : node.doubleValue();
    }

    /** Returns a number between 0 and 1, which themselves are none. */
    double fraction(String key, double usual) throws ModelException {
        JsonNode node = stated(
                key,
                it -> it.isNumber() && it.doubleValue() > 0 && it.doubleValue() < 1,
                "a number above 0 and below 1");
        return node == null ? usual : node.doubleValue();
    }

    /** Returns how many elements a list has, or null if none is stated. */
    @Nullable
    Integer length(String key) throws ModelException {
        JsonNode node = stated(key, JsonNode::isArray, "a list");
        return node == null ? null : node.size();
    }

    /** Returns a field's value if it is stated and obeys a rule, or null if it is not stated. */
    @Nullable
    JsonNode stated(String key, Predicate<JsonNode> rule, String expected) throws ModelException {
        if (!states(key)) {
            return null;
        }
        JsonNode node = fields.get(key);
        if (!rule.test(node)) {
            throw wrong(key, expected, node);
        }
        return node;
    }

    /** Returns the refusal of a field. */
    ModelException wrong(String key, String expected, JsonNode found) {
        String told = found.isMissingNode() ? "nothing" : found.toString();
        return new ModelException("%s: %s%s must be %s, found %s"
                .formatted(
                        file,
                        prefix,
                        key,
                        expected,
                        told.length() > LONGEST_TOLD ? told.substring(0, LONGEST_TOLD) + "..." : told));
    }
}
