/**
 * When tasks will begin and end: plays the devices' next minutes through, with the planner that chooses their calls and
 * the latencies that they measured.
 */
@org.jspecify.annotations.NullMarked
package dev.darkroom.forecast;
