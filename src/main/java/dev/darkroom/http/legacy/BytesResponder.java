package dev.darkroom.http.legacy;

import dev.darkroom.http.ApiError;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.http.ImageFiles;
import dev.darkroom.http.fooocus.AtTheEnd;
import dev.darkroom.http.fooocus.GenerateRequest;
import dev.darkroom.http.fooocus.RecordResponder;
import dev.darkroom.http.fooocus.Responder;
import dev.darkroom.http.fooocus.TaskFollower;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;

/** Answers with the bytes of the job's image; a job that was stopped before is a 400 here. */
final class BytesResponder implements Responder {

    private final ImageFiles files;

    BytesResponder(ImageFiles files) {
        this.files = files;
    }

    @Override
    public void respond(RoutingContext context, GenerateRequest request, TaskFollower follower) {
        ImageFormat format = Objects.requireNonNull(request.format());
        follower.begin(new AtTheEnd(context, follower.task()) {
            @Override
            public void ended(TaskEvent.Ended end) {
                List<SavedImage> images = end.result().images();
                if (end.state() == TaskState.FAILED || end.state() == TaskState.TIMED_OUT) {
                    ErrorTable.send(context.response(), RecordResponder.failure(end));
                } else if (images.isEmpty()) {
                    boolean stopped = end.state() == TaskState.STOPPED;
                    String sentence = stopped
                            ? "USER_CANCEL: the job was stopped before its image was done."
                            : "The job ended without an image: it was skipped.";
                    ErrorTable.send(
                            context.response(), new ApiError.OfTask(stopped ? 400 : 500, sentence, end.taskId()));
                } else {
                    send(context, images.get(0), format);
                }
            }
        });
    }

    private void send(RoutingContext context, SavedImage image, ImageFormat format) {
        files.read(image.path(), format).onFailure(context::fail).onSuccess(bytes -> {
            if (!context.response().closed()) {
                context.response()
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, format.mediaType())
                        .end(bytes);
            }
        });
    }
}
