package dev.darkroom.worker;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A task from its claim to its end, for Java Flight Recorder. */
@Name("dev.darkroom.Task")
@Label("Task")
@Category("Darkroom")
@StackTrace(false)
final class TaskRecording extends Event {

    @Label("Task")
    String task = "";

    @Label("Attempt")
    int attempt;

    @Label("Model")
    String model = "";

    @Label("Images")
    int images;

    @Label("End")
    String state = "";

    void ended(RunningTask ended) {
        end();
        if (shouldCommit()) {
            task = ended.id().toString();
            attempt = ended.claim.attempt();
            model = ended.claim.model();
            images = ended.saved().size();
            state = ended.ending == null ? "" : ended.ending.column();
            commit();
        }
    }
}
