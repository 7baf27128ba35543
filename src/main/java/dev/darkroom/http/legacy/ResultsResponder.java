package dev.darkroom.http.legacy;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.http.fooocus.RowResponder;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.json.Json;

/** Answers with the array of results. Of a job that failed the status says so too. */
final class ResultsResponder extends RowResponder {

    private final Jobs jobs;

    ResultsResponder(TaskDesk tasks, Jobs jobs, PublicAddress address) {
        super(tasks, address);
        this.jobs = jobs;
    }

    @Override
    protected int status(TaskState state) {
        return state == TaskState.FAILED || state == TaskState.TIMED_OUT ? 500 : 200;
    }

    @Override
    protected Future<String> json(TaskRow row, String base) {
        return jobs.results(row, base).map(Json::encode);
    }
}
