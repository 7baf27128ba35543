package dev.darkroom.http;

import java.util.List;

/** Ends an exchange with an {@link ApiError}. Carries no stack trace: it is an answer, not a defect. */
public final class ApiException extends RuntimeException {

    private final transient ApiError error;

    public ApiException(ApiError error) {
        super(error.sentence(), null, false, false);
        this.error = error;
    }

    /** Says that the request is not what the contract asks for. */
    public static ApiException invalid(List<Detail> details) {
        return new ApiException(new ApiError.Invalid(details));
    }

    /** Says in one sentence why not. */
    public static ApiException of(int status, String sentence) {
        return new ApiException(new ApiError.Plain(status, sentence));
    }

    ApiError error() {
        return error;
    }
}
