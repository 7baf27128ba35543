package dev.darkroom.model;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was opened when the next thing fails to open. */
final class Closing implements AutoCloseable {
    private final Deque<OnnxGraph> opened = new ArrayDeque<>();

    /** Takes a graph in and returns it. */
    OnnxGraph add(OnnxGraph graph) {
        opened.push(graph);
        return graph;
    }

    /** Leaves everything open: it belongs to somebody now. */
    void keep() {
        opened.clear();
    }

    @Override
    public void close() {
        opened.forEach(OnnxGraph::close);
    }
}
