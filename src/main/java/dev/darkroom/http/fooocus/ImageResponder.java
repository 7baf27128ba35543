package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiError;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.http.ImageFiles;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Answers with the bytes of the task's image, in the format that the client accepts. */
public final class ImageResponder implements Responder {

    private final ImageFiles files;
    private final Function<TaskEvent.Ended, ApiError> noImage;

    /** @param noImage says of a task that was stopped or skipped why there are no bytes */
    public ImageResponder(ImageFiles files, Function<TaskEvent.Ended, ApiError> noImage) {
        this.files = files;
        this.noImage = noImage;
    }

    @Override
    public void respond(RoutingContext context, GenerateRequest request, TaskFollower follower) {
        ImageFormat format = Objects.requireNonNull(request.format());
        follower.begin(new AtTheEnd(context, follower.task()) {
            @Override
            public void ended(TaskEvent.Ended end) {
                if (end.state() == TaskState.FAILED || end.state() == TaskState.TIMED_OUT) {
                    ErrorTable.send(context.response(), RecordResponder.failure(end));
                } else {
                    send(context, format, end);
                }
            }
        });
    }

    private void send(RoutingContext context, ImageFormat format, TaskEvent.Ended end) {
        List<SavedImage> images = end.result().images();
        if (images.isEmpty()) {
            ErrorTable.send(context.response(), noImage.apply(end));
            return;
        }
        files.read(images.get(0).path(), format).onFailure(context::fail).onSuccess(bytes -> {
            if (!context.response().closed()) {
                context.response()
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, format.mediaType())
                        .end(bytes);
            }
        });
    }
}
