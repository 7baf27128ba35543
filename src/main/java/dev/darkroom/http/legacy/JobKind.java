package dev.darkroom.http.legacy;

/** What the older API calls the type of a job. */
enum JobKind {
    TEXT_TO_IMAGE("text-to-image", "Text to Image", ""),
    UPSCALE_OR_VARY("upscale-or-vary", "Image Upscale or Variation", "input_image"),
    INPAINT_OR_OUTPAINT("inpaint-or-outpaint", "Image Inpaint or Outpaint", "input_image"),
    IMAGE_PROMPT("image-prompt", "Image Prompt", ""),
    ENHANCE("enhance", "Image Enhancement", "enhance_input_image");

    private final String task;
    private final String type;
    private final String picture;

    JobKind(String task, String type, String picture) {
        this.task = task;
        this.type = type;
        this.picture = picture;
    }

    /** Returns the kind that the task's row says. */
    String task() {
        return task;
    }

    /** Returns {@code job_type}. */
    String type() {
        return type;
    }

    /** Tells whether there is nothing to do without a picture. */
    boolean needsPicture() {
        return !picture.isEmpty();
    }

    /** Returns the field of the picture that is needed. */
    String picture() {
        return picture;
    }

    /** Returns the type of a task, however it was submitted. */
    static String typeOf(String task) {
        for (JobKind kind : values()) {
            if (kind.task.equals(task)) {
                return kind.type;
            }
        }
        return TEXT_TO_IMAGE.type;
    }
}
