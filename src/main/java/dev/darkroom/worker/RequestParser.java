package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.darkroom.task.TaskRequest;

/** Reads stored requests. Safe from any thread. */
final class RequestParser {

    private static final ObjectReader REQUEST = new ObjectMapper().readerFor(TaskRequest.class);

    TaskRequest parse(String json) throws JsonProcessingException {
        return REQUEST.readValue(json);
    }
}
