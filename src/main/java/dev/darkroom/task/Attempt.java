package dev.darkroom.task;

/**
 * One try at a task.
 *
 * @param number counted by the task's claims, from 1
 */
public record Attempt(TaskId task, int number) {}
