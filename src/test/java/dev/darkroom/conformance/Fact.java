package dev.darkroom.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What an original does on the wire, and whether Darkroom keeps it or does better. One test each. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Fact {

    /** Section and number, such as {@code 1.4-2}. */
    String number();

    /** What Darkroom does, in one sentence. */
    String text();

    /** What the original does instead, if Darkroom does better; empty if it does the same. */
    String insteadOf() default "";
}
